#include "nic/igbvf/rx_queue.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "spec/igbvf_registers.h"
#include "util/barrier.h"
#include "util/clock.h"
#include "util/error.h"

namespace pmd::igbvf {

namespace rxs = igb::rx_status;

namespace {

constexpr uint32_t kChecked = rxs::VP | rxs::UDPCS | rxs::L4CS | rxs::IPCS | rxs::LB | rxs::L4E | rxs::IPE;
constexpr uint16_t kAnyType = 0x0FF0;
/// Descriptors between two looks at how many frames are ready; smaller bursts need none.
constexpr uint32_t kStride = 64;
constexpr uint32_t kIdlePolls = 64;

}  // namespace

RxRing::RxRing(Bus& bus, unsigned index, Ring<igb::RxDescriptor> ring, PacketPool& pool, Iova pool_base,
               bool swaps_vlan, uint32_t interrupt_mask)
    : bus_(bus),
      tail_register_(regs::RDT.at(index)),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      swaps_vlan_(swaps_vlan),
      interrupt_mask_(interrupt_mask),
      owners_(pool.owners()) {}

/// The device is done with a slot, and so with all that it filled before.
inline bool RxRing::done(uint32_t slot) const noexcept {
  return std::atomic_ref(ring_.descriptors[slot].wb.status_error).load(std::memory_order_relaxed) & rxs::DD;
}

int32_t RxRing::receive(Burst& burst, uint32_t max) noexcept {
  const GatePass pass(gate_);
  if (!pass) return refusal();
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);

  const uint32_t first = burst.count();
  uint32_t slot = next_;
  if (!done(slot)) {  // idle: time to take back what has been sent
    cache.reclaim();
    // A spin that finds nothing time and again offers the CPU to others: the software device may need this
    // very core.
    if (++idle_ % kIdlePolls == 0) std::this_thread::yield();
    return 0;
  }
  // The slot before the first is not the device's: whatever it says, it is not looked at.
  const uint32_t room = std::min({max, burst.capacity() - first, ring_.size - 1});
  // A large burst for few frames would keep buffers from other threads: what is ready is looked at first, in
  // strides.
  uint32_t wanted = std::min(room, kStride);
  while (wanted < room && done((slot + wanted - 1) & ring_.mask())) wanted = std::min(room, wanted + kStride);
  const uint32_t limit = cache.prepare(wanted);

  const uint8_t self = cache.id();
  uint32_t* const index = burst.index() + first;
  uint32_t* const flags = burst.status() + first;
  uint16_t* const lengths = burst.length() + first;
  uint16_t* const offsets = burst.offset() + first;
  uint32_t taken = 0, seen = 0;
  uint64_t bytes = 0;
  for (; seen < limit; ++seen, slot = (slot + 1) & ring_.mask()) {
    igb::RxDescriptor& descriptor = ring_.descriptors[slot];
    const uint32_t status = std::atomic_ref(descriptor.wb.status_error).load(std::memory_order_acquire);
    if (!(status & rxs::DD)) break;
    dma_read_barrier();  // what the device wrote before DD: length, VLAN, the frame
    const uint32_t length = descriptor.wb.length;
    const bool whole = (status & (rxs::EOP | rxs::kFrameError)) == rxs::EOP && !in_chain_;
    if (whole && length - 1 < kDataRoom) [[likely]] {
      const uint32_t buffer = buffers_[slot];
      index[taken] = buffer;
      lengths[taken] = static_cast<uint16_t>(length);
      offsets[taken] = kHeadroom;
      flags[taken] =
          (status & kChecked) || (descriptor.wb.packet_info & kAnyType) ? flags_of(descriptor.wb, status) : 0;
      owner::store(owners_[buffer], self);
      ++taken;
      bytes += length;
      const uint32_t fresh = cache.pop();
      owner::store(owners_[fresh], owner::kRxRing);
      buffers_[slot] = fresh;
    } else {
      drop(status, length);
    }
    rearm(slot);
  }
  if (seen == limit && limit < wanted && done(slot)) stats_.no_buffer.add(1);
  if (seen > 0) {
    // The slot that stayed with us is the device's from here on. Armed again: a device that reported
    // something there meanwhile would have us one slot ahead of it for ever.
    rearm((next_ - 1) & ring_.mask());
    dma_write_barrier();
    // One slot stays with us, as RDT == RDH would mean an empty ring: the last one we took (7.1.4).
    next_ = slot;
    bus_.write32(tail_register_, (slot - 1) & ring_.mask());
  }
  if (taken > 0) {
    burst.set_count(first + taken);
    burst.set_timestamp(monotonic_ns());
    stats_.packets.add(taken);
    stats_.bytes.add(bytes);
  }
  return static_cast<int32_t>(taken);
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
  // Packet type, bits 11:4 of the first word: IPv4, IPv4+, IPv6, IPv6+, TCP, UDP, SCTP, NFS (7.1.5.2). Bit 15
  // says that the field holds an EtherType filter's index instead.
  const uint32_t type = (wb.packet_info & 0x8000) ? 0 : wb.packet_info >> 4;
  if (type & 0x03) flags |= kIpv4;
  if (type & 0x0C) flags |= kIpv6;
  if (type & 0x10) flags |= kTcp;
  if (type & 0x20) flags |= kUdp;
  if (type & 0x40) flags |= kSctp;
  return flags;
}

bool RxRing::request_interrupt() noexcept {
  const GatePass pass(gate_);
  if (!pass || done(next_)) return false;
  bus_.write32(regs::EIMS.at(), interrupt_mask_);
  // A frame that came before the mask was set raises the interrupt all the same, where the device keeps
  // causes; not all models do, so look again.
  return !done(next_);
}

/// Counts a descriptor that is not handed on; its buffer stays in the slot.
void RxRing::drop(uint32_t status, uint32_t length) noexcept {
  const bool last = (status & rxs::EOP) != 0;
  if (in_chain_ || !last)
    stats_.oversize.add(1);
  else if (status & rxs::kFrameError)
    stats_.errors.add(1);
  else if (length == 0 || length > kDataRoom)
    stats_.malformed.add(1);
  in_chain_ = !last;
}

void RxRing::arm() {
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
    for (const uint32_t buffer : buffers) owner::store(owners_[buffer], owner::kRxRing);
    buffers_ = std::move(buffers);
  }
  for (uint32_t slot = 0; slot < ring_.size; ++slot) rearm(slot);
  next_ = 0;
  in_chain_ = false;
}

void RxRing::publish_all() noexcept {
  dma_write_barrier();
  bus_.write32(tail_register_, ring_.size - 1);
}

void RxRing::disarm() noexcept {
  for (const uint32_t buffer : buffers_) owner::store(owners_[buffer], owner::kFree);
  pool_.give(buffers_.data(), static_cast<uint32_t>(buffers_.size()));
  buffers_.clear();
}

}  // namespace pmd::igbvf
