#include "nic/igbvf/tx_queue.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "spec/igbvf_registers.h"
#include "util/barrier.h"

namespace pmd::igbvf {

namespace {
constexpr uint32_t kMinFrame = 14;  ///< an Ethernet header
/// The device pads only if the PF allows it (TCTL.PSP), and QEMU's never does; a short frame would also send
/// what the buffer held before.
constexpr uint32_t kPadTo = 60;
constexpr uint32_t kData = igb::tx_cmd::DTYP_DATA | igb::tx_cmd::DEXT | igb::tx_cmd::IFCS;
/// Stands where a buffer would, behind the first of a frame's two descriptors.
constexpr uint32_t kNoBuffer = UINT32_MAX;
}  // namespace

TxRing::TxRing(Bus& bus, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool, Iova pool_base,
               uint32_t max_frame)
    : bus_(bus),
      tail_register_(regs::TDT.at(index)),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      page_size_(static_cast<uint32_t>(pool.region()->page_size())),
      owners_(pool.owners()),
      max_frame_(max_frame),
      buffers_(ring.size),
      reports_(ring.size) {}

int32_t TxRing::send(Burst& burst) noexcept {
  const GatePass pass(gate_);
  if (!pass) return refusal();
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  reclaim_into(cache);

  const uint32_t count = burst.count();
  // One slot stays empty: TDT == TDH means an empty ring (7.2.2.1).
  uint32_t room = ring_.size - 1 - pending();
  const uint32_t first = tail_;
  const uint32_t reports = report_tail_;
  uint32_t slot = first, last = first;
  uint32_t n = 0;
  uint64_t bytes = 0;
  for (; n < count && room > 0; ++n) {
    const uint32_t buffer = __atomic_load_n(burst.index() + n, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + n, __ATOMIC_RELAXED);
    uint32_t length = __atomic_load_n(burst.length() + n, __ATOMIC_RELAXED);
    const Refusal verdict = check(cache, buffer, offset, length);
    if (verdict != Refusal{}) [[unlikely]] {
      report_tail_ = reports;
      bad_entry_ = n;
      return take_back(first, slot, cache, verdict);
    }
    uint64_t position = uint64_t{buffer} * kBufferStride + offset;
    if (length < kPadTo) {
      std::memset(pool_.region()->data() + position + length, 0, kPadTo - length);
      length = kPadTo;
    }
    const uint32_t total = length << igb::tx_status::kPayloadLengthShift;
    const uint32_t to_page_end = page_size_ - (static_cast<uint32_t>(position) & (page_size_ - 1));
    if (length > to_page_end) [[unlikely]] {
      // QEMU's model maps a descriptor's bytes in one piece, and drops the frame in silence when they are not
      // contiguous behind the IOMMU. A piece that stays within a page always is.
      if (room < 2) break;
      ring_.descriptors[slot] = {(pool_base_ + position).value(), kData | to_page_end, total};
      buffers_[slot] = kNoBuffer;
      slot = (slot + 1) & ring_.mask();
      --room;
      position += to_page_end;
      length -= to_page_end;
    }
    bytes += total >> igb::tx_status::kPayloadLengthShift;
    uint32_t command = kData | igb::tx_cmd::EOP | length;
    if (n % kReportEvery == kReportEvery - 1) {
      command |= igb::tx_cmd::RS;
      reports_[report_tail_++ & ring_.mask()] = slot;
    }
    ring_.descriptors[slot] = {(pool_base_ + position).value(), command, total};
    buffers_[slot] = buffer;
    owner::store(owners_[buffer], owner::kTxRing);
    last = slot;
    slot = (slot + 1) & ring_.mask();
    --room;
  }
  if (n > 0) {
    if (n % kReportEvery != 0) {
      ring_.descriptors[last].cmd_type_length |= igb::tx_cmd::RS;
      reports_[report_tail_++ & ring_.mask()] = last;
    }
    dma_write_barrier();
    tail_ = slot;
    bus_.write32(tail_register_, slot);
    stats_.packets.add(n);
    stats_.bytes.add(bytes);
  }
  if (n < count) stats_.ring_full.add(1);
  burst.drop_front(n);
  return static_cast<int32_t>(n);
}

/// Zero when the frame may go to the device.
inline Refusal TxRing::check(const PoolCache& cache, uint32_t buffer, uint32_t offset,
                             uint32_t length) const noexcept {
  if (buffer >= pool_.buffers() || owner::load(owners_[buffer]) != cache.id()) return Refusal::kNotOwner;
  if (length < kMinFrame || length > max_frame_.load(std::memory_order_relaxed) ||
      offset + std::max(length, kPadTo) > kBufferSize)
    return Refusal::kFrameLength;
  return Refusal{};
}

/// Undoes what send() wrote for the entries before a bad one: the device has not been told of them.
int32_t TxRing::take_back(uint32_t slot, uint32_t end, PoolCache& cache, Refusal why) noexcept {
  for (; slot != end; slot = (slot + 1) & ring_.mask())
    if (buffers_[slot] != kNoBuffer) owner::store(owners_[buffers_[slot]], cache.id());
  return refuse(why);
}

uint32_t TxRing::reclaim() noexcept {
  const GatePass pass(gate_);
  return pass ? reclaim_into(*cache()) : 0;
}

uint32_t TxRing::reclaim_into(PoolCache& cache) noexcept {
  uint32_t freed = 0;
  for (; report_head_ != report_tail_; ++report_head_) {
    const uint32_t reported = reports_[report_head_ & ring_.mask()];
    const uint32_t status =
        std::atomic_ref(ring_.descriptors[reported].olinfo_status).load(std::memory_order_acquire);
    if (!(status & igb::tx_status::DD)) break;
    const uint32_t end = (reported + 1) & ring_.mask();
    while (clean_ != end) {
      const uint32_t buffer = buffers_[clean_];
      clean_ = (clean_ + 1) & ring_.mask();
      if (buffer == kNoBuffer) [[unlikely]]
        continue;
      owner::store(owners_[buffer], owner::kFree);
      cache.push(buffer);
      ++freed;
    }
    cache.settle();  // at most 32 frames stand between two reports
  }
  return freed;
}

void TxRing::arm() noexcept {
  for (uint32_t slot = 0; slot < ring_.size; ++slot) ring_.descriptors[slot] = {};
  report_head_ = report_tail_ = tail_ = clean_ = 0;
}

void TxRing::disarm() noexcept {
  for (; clean_ != tail_; clean_ = (clean_ + 1) & ring_.mask()) {
    const uint32_t buffer = buffers_[clean_];
    if (buffer == kNoBuffer) continue;
    owner::store(owners_[buffer], owner::kFree);
    pool_.give(&buffer, 1);
  }
  report_head_ = report_tail_;
}

}  // namespace pmd::igbvf
