#include "nic/igbvf/rx_queue.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <thread>

#include "nic/igbvf/registers.h"
#include "util/barrier.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/eventfd.h"
#include "util/lanes.h"

namespace pmd::igbvf {

namespace rxs = igb::rx_status;

namespace {

constexpr uint32_t kChecked = rxs::VP | rxs::UDPCS | rxs::L4CS | rxs::IPCS | rxs::LB | rxs::L4E | rxs::IPE;
constexpr uint16_t kAnyType = 0x0FF0;
/// Of a frame that is to be handed on, DD and EOP alone are set.
constexpr uint32_t kWhole = rxs::DD | rxs::EOP | rxs::kFrameError;
constexpr uint32_t kGood = rxs::DD | rxs::EOP;

/// Status and length of a report; what the device wrote before DD (packet type, the frame) is seen after it.
inline uint64_t load_word(const igb::RxDescriptor& report) noexcept {
  const uint64_t word = __atomic_load_n(&report.words[1], __ATOMIC_ACQUIRE);
  dma_read_barrier();
  return word;
}
/// The lengths of four reports side by side, 16 bits each: the seventh of each report's eight.
inline uint64_t lengths_of(U32x4 a, U32x4 b, U32x4 c, U32x4 d) noexcept {
  const auto upper = [](U32x4 one, U32x4 other) {
    return std::bit_cast<U32x4>(interleave_high(std::bit_cast<U16x8>(one), std::bit_cast<U16x8>(other)));
  };
  return std::bit_cast<U64x2>(interleave_high(upper(a, b), upper(c, d)))[0];
}
/// Descriptors between two looks at how many frames are ready; smaller bursts need none.
constexpr uint32_t kStride = 64;
constexpr uint32_t kIdlePolls = 64;

/// Slots of a ring of so many that are worth a doorbell, an uncached write: more than the usual burst. A
/// small ring has none to spare meanwhile.
constexpr uint32_t publish_every(uint32_t slots) {
  return slots < 256 ? 1 : 33;
}

}  // namespace

RxRing::RxRing(RegisterWindow& registers, unsigned index, Ring<igb::RxDescriptor> ring, PacketPool& pool,
               Iova pool_base, bool swaps_vlan, Interrupt interrupt)
    : registers_(registers),
      tail_doorbell_(registers.doorbell(regs::RDT.at(index))),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      swaps_vlan_(swaps_vlan),
      interrupt_(interrupt),
      publish_every_(publish_every(ring.size)),
      owners_(pool.owners()) {
  pool_.add_ring(holding_);
}

RxRing::~RxRing() {
  pool_.remove_ring(holding_);
}

/// The device is done with a slot, and so with all that it filled before.
inline bool RxRing::done(uint32_t slot) const noexcept {
  return std::atomic_ref(ring_.descriptors[slot].wb.status_error).load(std::memory_order_relaxed) & rxs::DD;
}

int32_t RxRing::receive(Burst& burst, uint32_t max) noexcept {
  const GatePass pass(gate_);
  if (!pass) return refusal();
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);

  if (!done(next_)) return idle(cache);

  const uint32_t first = burst.count();
  // The slot before the first is not the device's: whatever it says, it is not looked at.
  const uint32_t wanted = ready(std::min({max, burst.capacity() - first, ring_.size - 1}));
  const uint32_t limit = cache.prepare(wanted);
  uint32_t slot = next_, seen = 0;
  uint32_t taken = first;
  uint64_t bytes = 0;
  while (seen < limit) {
    const uint32_t most = std::min(limit - seen, ring_.size - slot);
    const Frames entries{burst.status() + taken, burst.length() + taken, burst.offset() + taken};
    const uint32_t frames = read_reports(slot, most, entries, bytes);
    exchange_buffers(slot, frames, cache, burst.index() + taken);
    taken += frames;
    seen += frames;
    slot = (slot + frames) & ring_.mask();
    if (frames == most) continue;
    if (!done(slot)) break;
    if (!drop(slot)) continue;
    ++seen;
    slot = (slot + 1) & ring_.mask();
  }
  if (seen == limit && limit < wanted && done(slot)) stats_.no_buffer.add(1);
  if (seen > 0) {
    next_ = slot;
    if (unpublished() >= publish_every_) publish();
  }
  if (taken > first) {
    burst.set_count(taken);
    if (burst.timestamps()) burst.set_timestamp(monotonic_ns());
    stats_.packets.add(taken - first);
    stats_.bytes.add(bytes);
  }
  return static_cast<int32_t>(taken - first);
}

/// A receive that found nothing: time to take back what has been sent.
int32_t RxRing::idle(PoolCache& cache) noexcept {
  cache.reclaim();
  // A spin that finds nothing time and again offers the CPU to others: the software device may need this
  // very core.
  if (++idle_ % kIdlePolls != 0) return 0;
  if (unpublished() > 0) publish();
  std::this_thread::yield();
  return 0;
}

/// Gives the device the slots that were armed since the last time.
void RxRing::publish() noexcept {
  // The slot that stayed with us is the device's from here on. Armed again: a device that reported something
  // there meanwhile would have us one slot ahead of it for ever.
  rearm(tail_);
  dma_write_barrier();
  // One slot stays with us, as RDT == RDH would mean an empty ring: the last one we took (7.1.4).
  tail_ = (next_ - 1) & ring_.mask();
  tail_doorbell_.ring(tail_);
}

/// A large burst for few frames would keep buffers from other threads: what is ready is looked at first, in
/// strides. Returns `room`, or less when less is ready.
inline uint32_t RxRing::ready(uint32_t room) const noexcept {
  uint32_t wanted = std::min(room, kStride);
  while (wanted < room && done((next_ + wanted - 1) & ring_.mask()))
    wanted = std::min(room, wanted + kStride);
  return wanted;
}

/// What the device reports of the frames from `slot` on, up to `most` and to the first that is not there or
/// not to be handed on. Returns how many.
inline uint32_t RxRing::read_reports(uint32_t slot, uint32_t most, const Frames& frames,
                                     uint64_t& bytes) const noexcept {
  if (in_chain_) [[unlikely]]
    return 0;
  const igb::RxDescriptor* const reports = ring_.descriptors + slot;
  uint32_t i = read_groups(reports, most, frames, bytes);
  for (; i < most; ++i) {
    const uint64_t word = load_word(reports[i]);
    const auto status = static_cast<uint32_t>(word);
    const uint32_t length = static_cast<uint16_t>(word >> 32);
    if ((status & kWhole) != kGood || length - 1 >= kDataRoom) break;
    const bool checked = (status & kChecked) || (reports[i].wb.packet_info & kAnyType);
    frames.flags[i] = checked ? flags_of(reports[i].wb, status) : 0;
    frames.lengths[i] = static_cast<uint16_t>(length);
    frames.offsets[i] = kHeadroom;
    bytes += length;
  }
  return i;
}

/// The same, four descriptors (a cache line of them) at a time, as long as all four are there and good. Their
/// words are packet_info with header_info, rss_hash, status_error, and length with vlan.
inline uint32_t RxRing::read_groups(const igb::RxDescriptor* reports, uint32_t most, const Frames& frames,
                                    uint64_t& bytes) const noexcept {
  constexpr U32x4 kStatus{0, 0, kGood, 0};
  constexpr U32x4 kRefused{0, 0, kWhole, 0};
  constexpr U32x4 kDescribed{kAnyType, 0, kChecked, 0};
  constexpr uint64_t kEach = 0x0001'0001'0001'0001;
  constexpr uint64_t kTooLong = kEach * static_cast<uint16_t>(-kDataRoom);
  uint64_t total = 0;
  uint32_t i = 0;
  for (; i + 4 <= most; i += 4, reports += 4) {
    // The last first: the device is done with the others then, and what it wrote of all is seen.
    if ((load_word(reports[3]) & rxs::DD) == 0) break;
    const auto a = load_lanes<U32x4>(reports), b = load_lanes<U32x4>(reports + 1);
    const auto c = load_lanes<U32x4>(reports + 2), d = load_lanes<U32x4>(reports + 3);
    const U32x4 every = a & b & c & d, any = a | b | c | d;
    if (any_of(((every & kStatus) ^ kStatus) | ((any & kRefused) ^ kStatus))) break;
    const uint64_t lengths = lengths_of(a, b, c, d);
    // A frame of kDataRoom is left to the other loop, and one of 0, which is too long when less by one.
    if (((lengths | (lengths - kEach)) & kTooLong) != 0) break;
    if (any_of(any & kDescribed)) {
      for (uint32_t j = 0; j < 4; ++j)
        frames.flags[i + j] = flags_of(reports[j].wb, reports[j].wb.status_error);
    } else {
      store_lanes(frames.flags + i, U32x4{});
    }
    store_lanes(frames.lengths + i, lengths);
    std::fill_n(frames.offsets + i, 4, kHeadroom);
    total += lengths * kEach >> 48;
  }
  bytes += total;
  return i;
}

/// Hands the buffers of `count` slots to the burst's thread, and puts fresh ones in their place.
inline void RxRing::exchange_buffers(uint32_t slot, uint32_t count, PoolCache& cache,
                                     uint32_t* index) noexcept {
  // In locals: a store through the byte pointer may alias any member.
  const uint8_t self = cache.id();
  uint8_t* const owners = owners_;
  const uint64_t first_frame = address_of(0).value();
  igb::RxDescriptor* descriptors = ring_.descriptors + slot;
  uint32_t* buffers = buffers_.data() + slot;
  const uint32_t* fresh = cache.pop_bulk(count);
  const std::byte* const frames = pool_.region()->data() + kHeadroom;
  const auto exchange = [&](igb::RxDescriptor& descriptor, uint32_t taken, uint32_t next) {
    descriptor.read = {first_frame + next * kBufferStride, 0};
    owner::store(owners[taken], self);
    __builtin_prefetch(frames + size_t{taken} * kBufferStride);  // the application looks at it next
  };
  const uint32_t* const end = buffers + count;
  for (; end - buffers >= 4; buffers += 4, fresh += 4, descriptors += 4, index += 4) {
    store_lanes(index, load_lanes<U32x4>(buffers));
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; ++i) exchange(descriptors[i], buffers[i], fresh[i]);
    store_lanes(buffers, load_lanes<U32x4>(fresh));
  }
  for (; buffers < end; ++buffers, ++fresh, ++descriptors, ++index) {
    exchange(*descriptors, *index = *buffers, *fresh);
    *buffers = *fresh;
  }
}

/// The device's write-back in our words (7.1.5.2). "Good" is said only of what the device says it checked.
uint32_t RxRing::flags_of(const igb::RxWriteBack& wb, uint32_t status) const noexcept {
  using namespace rx_flag;
  uint32_t flags = 0;
  if (status & rxs::VP) {
    const bool swapped = swaps_vlan_ && (status & rxs::LB);
    flags |= kVlan | uint32_t{swapped ? __builtin_bswap16(wb.vlan) : wb.vlan} << kTciShift;
  }
  if (status & rxs::LB) flags |= kLoopback;
  if (status & rxs::IPCS) flags |= (status & rxs::IPE) ? kIpBad : kIpGood;
  if (status & (rxs::L4CS | rxs::UDPCS)) flags |= (status & rxs::L4E) ? kL4Bad : kL4Good;
  namespace type = igb::rx_type;
  const uint32_t info = (wb.packet_info & type::ETHERTYPE_FILTER) ? 0 : wb.packet_info;
  if (info & (type::IPV4 | type::IPV4_EXTENDED)) flags |= kIpv4;
  if (info & (type::IPV6 | type::IPV6_EXTENDED)) flags |= kIpv6;
  if (info & type::TCP) flags |= kTcp;
  if (info & type::UDP) flags |= kUdp;
  if (info & type::SCTP) flags |= kSctp;
  return flags;
}

bool RxRing::arm() noexcept {
  const GatePass pass(gate_);
  if (!pass || done(next_)) return false;
  if (unpublished() > 0) publish();
  registers_.write32(regs::EIMS.at(), interrupt_.mask);
  // A frame that came before the mask was set raises the interrupt all the same, where the device keeps
  // causes; not all models do, so look again.
  return !done(next_);
}

/// Masks the interrupt before anybody can ask for the next one.
void RxRing::take_event() noexcept {
  registers_.write32(regs::EIMC.at(), interrupt_.mask);
  drain_eventfd(interrupt_.fd);
}

/// Counts a report that is not to be handed on; the buffer stays in its slot, which is armed again. False
/// when nothing is wrong with it: it came only now.
bool RxRing::drop(uint32_t slot) noexcept {
  const uint64_t word = load_word(ring_.descriptors[slot]);
  const auto status = static_cast<uint32_t>(word);
  const uint32_t length = static_cast<uint16_t>(word >> 32);
  const bool last = (status & rxs::EOP) != 0;
  if (in_chain_ || !last)
    stats_.oversize.add(1);
  else if (status & rxs::kFrameError)
    stats_.errors.add(1);
  else if (length - 1 >= kDataRoom)
    stats_.malformed.add(1);
  else
    return false;
  in_chain_ = !last;
  rearm(slot);
  return true;
}

void RxRing::fill() {
  if (buffers_.empty()) {
    std::vector<uint32_t> buffers(ring_.size);
    const uint32_t got = pool_.take(buffers.data(), ring_.size);
    if (got < ring_.size) {
      pool_.give(buffers.data(), got);
      throw Error(ErrorCode::kPoolTooSmall,
                  "only " + std::to_string(got) + " of the " + std::to_string(ring_.size) +
                      " buffers that the RX ring needs are free",
                  "release frames that are held, or create a larger pool");
    }
    buffers_ = std::move(buffers);
    holding_.set(ring_.size);
  }
  for (uint32_t slot = 0; slot < ring_.size; ++slot) rearm(slot);
  next_ = 0;
  tail_ = ring_.mask();
  in_chain_ = false;
}

void RxRing::empty() noexcept {
  holding_.set(0);
  pool_.give(buffers_.data(), static_cast<uint32_t>(buffers_.size()));
  buffers_.clear();
}

}  // namespace pmd::igbvf
