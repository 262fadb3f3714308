#include <algorithm>
#include <bit>
#include <cstring>

#include "net/frame.h"
#include "nic/igbvf/registers.h"
#include "nic/igbvf/rx_ring.h"
#include "util/lanes.h"

// The packet path of an RX ring, compiled once for each size class: a stride that is no constant costs two
// instructions a frame.

namespace pmd::igbvf {

namespace rxs = igb::rx_status;

namespace {

constexpr uint32_t kChecked = rxs::VP | rxs::UDPCS | rxs::L4CS | rxs::IPCS | rxs::LB | rxs::L4E | rxs::IPE;
constexpr uint16_t kAnyType = 0x0FF0;
/// Of a frame that is to be handed on, DD and EOP alone are set.
constexpr uint32_t kWhole = rxs::DD | rxs::EOP | rxs::kFrameError;
constexpr uint32_t kGood = rxs::DD | rxs::EOP;

/// The lengths of four reports side by side, 16 bits each: the seventh of each report's eight.
inline uint64_t lengths_of(U32x4 a, U32x4 b, U32x4 c, U32x4 d) noexcept {
  const auto upper = [](U32x4 one, U32x4 other) {
    return std::bit_cast<U32x4>(interleave_high(std::bit_cast<U16x8>(one), std::bit_cast<U16x8>(other)));
  };
  return std::bit_cast<U64x2>(interleave_high(upper(a, b), upper(c, d)))[0];
}
/// Descriptors between two looks at how many frames are ready; smaller bursts need none.
constexpr uint32_t kLookEvery = 64;

/// Instead of a chain's length.
constexpr uint32_t kBroken = UINT32_MAX;

template <uint32_t kDataRoom>
class SizedRxRing final : public RxRing {
 public:
  using RxRing::RxRing;
  int32_t receive(Burst& burst, uint32_t max) noexcept override;

 private:
  static constexpr uint32_t kStride = stride_of(kDataRoom);
  /// Where a burst takes what reports say.
  struct Frames {
    uint32_t* flags;
    uint16_t* lengths;
    uint16_t* offsets;
  };
  int32_t receive_lone(Burst& burst, uint32_t max) noexcept;
  int32_t receive_any(Burst& burst, uint32_t max) noexcept;
  void hand_on(Burst& burst, uint32_t first, uint32_t entries, uint32_t frames, uint64_t bytes) noexcept;
  uint32_t ready(uint32_t room) const noexcept;
  void move_on(uint32_t slot) noexcept {
    next_ = slot;
    if (unpublished() >= publish_every_) publish();
  }
  uint32_t read_reports(uint32_t slot, uint32_t most, const Frames& frames, uint64_t& bytes) const noexcept;
  uint32_t read_groups(const igb::RxDescriptor* reports, uint32_t most, uint64_t spans, const Frames& frames,
                       uint64_t& bytes) const noexcept;
  bool begins_chain(uint32_t slot) const noexcept;
  uint32_t chain_length(uint32_t slot) const noexcept;
  uint32_t take_chain(uint32_t slot, uint32_t n, Burst& burst, uint32_t entry) noexcept;
  void exchange_buffers(uint32_t slot, uint32_t count, PoolCache& cache, uint32_t* index) noexcept;
  uint32_t flags_of(const igb::RxWriteBack& wb, uint32_t status) const noexcept;
};

/// No frame or a lone one, which is what a lightly loaded poller finds, goes a way of its own, in half as
/// many instructions. Both ways begin inside the gate, and leave it.
template <uint32_t kDataRoom>
int32_t SizedRxRing<kDataRoom>::receive(Burst& burst, uint32_t max) noexcept {
  if (!gate_.try_enter()) return refusal();
  const bool is_lone = max <= 1 || !done((next_ + 1) & ring_.mask());
  return is_lone ? receive_lone(burst, max) : receive_any(burst, max);
}

template <uint32_t kDataRoom>
[[gnu::noinline]] int32_t SizedRxRing<kDataRoom>::receive_lone(Burst& burst, uint32_t max) noexcept {
  PoolCache& cache = burst.cache();
  const uint32_t first = burst.count();
  if (&cache != this->cache()) return receive_any(burst, max);
  if (!done(next_)) {
    const GatePass pass(gate_);
    return idle(cache);
  }
  const bool has_room = max > 0 && first < burst.capacity() && cache.prepare(1) == 1;
  const Frames entry{burst.status() + first, burst.length() + first, burst.offset() + first};
  uint64_t bytes = 0;
  if (!has_room || read_reports(next_, 1, entry, bytes) == 0) return receive_any(burst, max);
  const GatePass pass(gate_);
  exchange_buffers(next_, 1, cache, burst.index() + first);
  move_on((next_ + 1) & ring_.mask());
  hand_on(burst, first, 1, 1, bytes);
  return 1;
}

template <uint32_t kDataRoom>
int32_t SizedRxRing<kDataRoom>::receive_any(Burst& burst, uint32_t max) noexcept {
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);

  const uint32_t first = burst.count();
  // The slot before the first is not the device's: whatever it says, it is not looked at.
  const uint32_t wanted = ready(std::min(std::min(max, burst.capacity() - first), ring_.mask()));
  const uint32_t limit = cache.prepare(wanted);
  uint32_t slot = next_, seen = 0;
  uint32_t taken = first;
  uint32_t joined = 0;  // entries that are not the first of their frames
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
    if (chains_ && begins_chain(slot)) [[unlikely]] {
      const uint32_t n = chain_length(slot);
      const bool fits = n <= limit - seen;
      if (n == 0 || (!fits && n != kBroken && (taken > 0 || limit < wanted))) break;
      if (fits) {
        bytes += take_chain(slot, n, burst, taken);
        taken += n;
        seen += n;
        joined += n - 1;
        slot = (slot + n) & ring_.mask();
        continue;
      }
    }
    if (!drop(slot)) continue;
    ++seen;
    slot = (slot + 1) & ring_.mask();
  }
  if (seen == limit && limit < wanted && done(slot)) stats_.no_buffer.add(1);
  if (taken == first) {
    if (seen > 0) move_on(slot);
    return 0;
  }
  move_on(slot);
  hand_on(burst, first, taken - first, taken - first - joined, bytes);
  return static_cast<int32_t>(taken - first);
}

/// Tells the burst and the counters of entries that were appended.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline void SizedRxRing<kDataRoom>::hand_on(Burst& burst, uint32_t first,
                                                                   uint32_t entries, uint32_t frames,
                                                                   uint64_t bytes) noexcept {
  burst.set_count(first + entries);
  if (burst.wants_more()) burst.describe(first, first + entries);
  stats_.packets.add(frames);
  stats_.bytes.add(bytes);
}

/// A large burst for few frames would keep buffers from other threads: what is ready is looked at first, in
/// strides. Returns `room`, or less when less is ready.
template <uint32_t kDataRoom>
inline uint32_t SizedRxRing<kDataRoom>::ready(uint32_t room) const noexcept {
  uint32_t wanted = std::min(room, kLookEvery);
  while (wanted < room && done((next_ + wanted - 1) & ring_.mask()))
    wanted = std::min(room, wanted + kLookEvery);
  return wanted;
}

/// What the device reports of the frames from `slot` on, up to `most` and to the first that is not there or
/// not to be handed on. Returns how many.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline uint32_t SizedRxRing<kDataRoom>::read_reports(uint32_t slot, uint32_t most,
                                                                            const Frames& frames,
                                                                            uint64_t& bytes) const noexcept {
  if (in_chain_) [[unlikely]]
    return 0;
  const igb::RxDescriptor* const reports = ring_.descriptors + slot;
  const uint64_t spans = this->spans();
  uint32_t i = read_groups(reports, most, spans, frames, bytes);
  for (; i < most; ++i) {
    const uint64_t word = load_word(reports[i]);
    const auto status = static_cast<uint32_t>(word);
    const uint32_t length = static_cast<uint16_t>(word >> 32);
    if ((status & kWhole) != kGood || length - kMinFrame > static_cast<uint16_t>(spans)) break;
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
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline uint32_t SizedRxRing<kDataRoom>::read_groups(const igb::RxDescriptor* reports,
                                                                           uint32_t most, uint64_t spans,
                                                                           const Frames& frames,
                                                                           uint64_t& bytes) const noexcept {
  constexpr U32x4 kStatus{0, 0, kGood, 0};
  constexpr U32x4 kRefused{0, 0, kWhole, 0};
  constexpr U32x4 kDescribed{kAnyType, 0, kChecked, 0};
  constexpr uint64_t kHighest = kEach << 15;
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
    // Differences: below zero, so with the highest bit, where a frame is too short or too long. What such a
    // frame borrows from its neighbour changes nothing: all four are left to the other loop.
    const uint64_t excess = lengths - kEach * kMinFrame;
    if (((excess | (spans - excess)) & kHighest) != 0) break;
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

/// A frame begins here that goes on in the next slot.
template <uint32_t kDataRoom>
bool SizedRxRing<kDataRoom>::begins_chain(uint32_t slot) const noexcept {
  return !in_chain_ && (load_word(ring_.descriptors[slot]) & kWhole) == rxs::DD;
}

/// Slots of the frame that begins here: 0 while the device has not reported all of them, kBroken when it is
/// not to be handed on. All buffers but its last are full.
template <uint32_t kDataRoom>
uint32_t SizedRxRing<kDataRoom>::chain_length(uint32_t slot) const noexcept {
  uint32_t bytes = 0;
  for (uint32_t n = 1; n < ring_.size; ++n, slot = (slot + 1) & ring_.mask()) {
    const uint64_t word = load_word(ring_.descriptors[slot]);
    const auto status = static_cast<uint32_t>(word);
    if (!(status & rxs::DD)) return 0;
    const uint32_t length = static_cast<uint16_t>(word >> 32);
    const bool last = (status & rxs::EOP) != 0;
    bytes += length;
    if ((status & rxs::kFrameError) || length == 0 || bytes > max_frame()) return kBroken;
    if (last ? length > kDataRoom : length != kDataRoom) return kBroken;
    if (last) return n;
  }
  return kBroken;
}

/// Hands on a frame of `n` slots as so many entries, from `entry` on; what the device says of the frame, it
/// says in the last report, and we in the first entry. Returns the frame's bytes.
template <uint32_t kDataRoom>
uint32_t SizedRxRing<kDataRoom>::take_chain(uint32_t slot, uint32_t n, Burst& burst,
                                            uint32_t entry) noexcept {
  const igb::RxWriteBack last = ring_.descriptors[(slot + n - 1) & ring_.mask()].wb;
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint64_t word = load_word(ring_.descriptors[(slot + i) & ring_.mask()]);
    const auto length = static_cast<uint16_t>(word >> 32);
    const uint32_t flags = i == 0 ? flags_of(last, last.status_error) : 0;
    burst.status()[entry + i] = flags | (i + 1 < n ? rx_flag::kMore : 0);
    burst.length()[entry + i] = length;
    burst.offset()[entry + i] = kHeadroom;
    bytes += length;
  }
  const uint32_t to_ring_end = std::min(n, ring_.size - slot);
  exchange_buffers(slot, to_ring_end, burst.cache(), burst.index() + entry);
  exchange_buffers(0, n - to_ring_end, burst.cache(), burst.index() + entry + to_ring_end);
  burst.set_has_chains(true);
  return bytes;
}

/// Hands the buffers of `count` slots to the burst's thread, and puts fresh ones in their place.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline void SizedRxRing<kDataRoom>::exchange_buffers(uint32_t slot, uint32_t count,
                                                                            PoolCache& cache,
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
    descriptor.read = {first_frame + next * kStride, 0};
    owner::store(owners[taken], self);
    __builtin_prefetch(frames + size_t{taken} * kStride);  // the application looks at it next
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
template <uint32_t kDataRoom>
uint32_t SizedRxRing<kDataRoom>::flags_of(const igb::RxWriteBack& wb, uint32_t status) const noexcept {
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

}  // namespace

std::unique_ptr<RxRing> make_rx_ring(RegisterWindow& registers, unsigned index, Ring<igb::RxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, const RxRing::Traits& traits,
                                     RxRing::Interrupt interrupt) {
  return for_size_class(pool, [&]<uint32_t kDataRoom>() -> std::unique_ptr<RxRing> {
    return std::make_unique<SizedRxRing<kDataRoom>>(registers, index, ring, pool, pool_base, traits,
                                                    interrupt);
  });
}

}  // namespace pmd::igbvf
