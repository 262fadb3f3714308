#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "port/burst.h"
#include "port/queue.h"

namespace pmd {

/// The frames of a burst, for programs that look into them. JavaScript may write anything into the burst's
/// columns: each is read once, and checked.
class BurstFrames {
 public:
  explicit BurstFrames(const Burst& burst) noexcept
      : index_(burst.index()),
        length_(burst.length()),
        offset_(burst.offset()),
        pool_(burst.cache().pool()),
        owners_(pool_.owners()),
        memory_(pool_.buffer(0)),
        buffers_(pool_.buffers()),
        stride_(pool_.stride()),
        buffer_size_(pool_.buffer_size()),
        self_(burst.cache().id()) {}

  /// Finds the bytes of entry `i`. 0, or the Refusal of an entry that is not the thread's or leaves its
  /// buffer.
  int32_t find(uint32_t i, std::span<const std::byte>& frame) const noexcept {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    if (buffer >= buffers_ || owner::load(owners_[buffer]) != self_) [[unlikely]]
      return refuse(Refusal::kNotOwner);
    const uint32_t length = __atomic_load_n(&length_[i], __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(&offset_[i], __ATOMIC_RELAXED);
    if (offset + length > buffer_size_) [[unlikely]]
      return refuse(Refusal::kFrameLength);
    frame = {memory_ + size_t{buffer} * stride_ + offset, length};
    return 0;
  }
  /// Where a frame's first byte is in the pool's memory. A pool has less than 4 GiB.
  uint32_t position(std::span<const std::byte> frame) const noexcept {
    return static_cast<uint32_t>(frame.data() - memory_);
  }

 private:
  const uint32_t* const index_;
  const uint16_t* const length_;
  const uint16_t* const offset_;
  PacketPool& pool_;
  const uint8_t* const owners_;
  std::byte* const memory_;
  const uint32_t buffers_;
  const uint32_t stride_;
  const uint32_t buffer_size_;
  const uint8_t self_;
};

}  // namespace pmd
