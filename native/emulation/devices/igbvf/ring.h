#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "emulation/devices/dma_table.h"
#include "nic/igbvf/registers.h"

namespace pmd::emulation {

/// What receive and transmit rings have in common: base, length, head, tail and ENABLE. The tail is the one
/// register that takes no lock: a doorbell must not wait for the batch that the engine is copying.
///
/// A tail counts only when it was written while the queue was live (enabled, and for transmit let in by the
/// PF). A tail written too early is remembered, readable, and without effect until it is written again: what
/// the 82576 does for receive (datasheet 4.5.9: RDT after RXDCTL.ENABLE) and QEMU for transmit.
class Ring {
 public:
  static constexpr uint32_t kDescriptorBytes = 16;

  /// RDT or TDT written: from the driver's thread, without the lock. Sequentially consistent, for the
  /// engine's sleep: either the engine sees the tail before it sleeps, or the writer sees that it sleeps.
  void doorbell(uint32_t value) noexcept {
    const uint64_t counts = live_.load(std::memory_order_relaxed) ? kCounts : 0;
    tail_.store(counts | (value & 0xFFFF), std::memory_order_seq_cst);
    // One thread writes a given tail register, so there is nothing to lose between load and store.
    doorbells_.store(doorbells_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  uint64_t doorbells() const noexcept { return doorbells_.load(std::memory_order_relaxed); }

  // Everything below is guarded by the device's lock.

  uint32_t read(uint32_t offset_in_ring) const noexcept;
  void write(uint32_t offset_in_ring, uint32_t value) noexcept;

  uint32_t tail() const noexcept { return static_cast<uint32_t>(tail_.load(std::memory_order_relaxed)); }
  uint32_t size() const noexcept { return length_ / kDescriptorBytes; }
  uint32_t head() const noexcept { return head_; }
  bool enabled() const noexcept { return (control_ & regs::dctl::ENABLE) != 0; }
  /// RST, FLR: the queue stops; everything else stays (82576 specification update, clarification 3).
  void disable() noexcept { control_ &= ~regs::dctl::ENABLE; }
  /// PF reset: as after power-up.
  void clear() noexcept;
  void set_live(bool live) noexcept;

  /// Descriptors that the driver has handed over. A head or tail outside the ring hands over nothing.
  uint32_t pending() const noexcept {
    const uint64_t tail = tail_.load(std::memory_order_acquire);
    const uint32_t count = size();
    const auto index = static_cast<uint32_t>(tail);
    // A doorbell may race with the queue's end and leave its mark behind, hence live_.
    if (!(tail & kCounts) || !live_.load(std::memory_order_relaxed)) return 0;
    if (index >= count || head_ >= count) return 0;
    return index >= head_ ? index - head_ : index + count - head_;
  }
  uint32_t after(uint32_t index, uint32_t steps = 1) const noexcept {
    const uint32_t next = index + steps;
    return next >= size() ? next - size() : next;
  }
  void advance(uint32_t steps) noexcept { head_ = after(head_, steps); }

  /// The ring in host memory, or null (one fault counted) when it is not mapped.
  std::byte* descriptors(DmaTable& dma) noexcept { return dma.find(DmaUser::kRing, base_, length_); }

 private:
  static constexpr uint64_t kCounts = uint64_t{1} << 32;

  alignas(64) std::atomic<uint64_t> tail_{0};
  std::atomic<uint64_t> doorbells_{0};
  std::atomic<bool> live_{false};
  alignas(64) uint64_t base_ = 0;
  uint32_t length_ = 0;
  uint32_t head_ = 0;
  uint32_t control_ = 0;
  uint32_t dca_ = 0;
};

}  // namespace pmd::emulation
