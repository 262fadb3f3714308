#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pmd::emulation {

/// Frames on their way along a wire: a bounded queue of bytes, each frame with the time of its arrival. When
/// it is full the sender waits: what a delay and a rate multiply to may not grow without end.
class DelayLine {
 public:
  /// False: full.
  bool push(uint64_t arrival_ns, const std::byte* frame, uint32_t length);
  bool has_room(uint32_t length) const noexcept;
  bool empty() const noexcept { return frames_ == 0; }
  /// Frames.
  uint64_t size() const noexcept { return frames_; }

  struct Frame {
    uint64_t arrival_ns;
    const std::byte* data;
    uint32_t length;
  };
  /// The oldest frame; only when not empty.
  Frame front() const noexcept;
  void pop() noexcept;
  void clear() noexcept {
    first_ = end_;
    frames_ = 0;
  }

  static constexpr uint64_t kCapacity = uint64_t{8} << 20;

 private:
  struct Header {
    uint64_t arrival_ns;
    uint32_t length;
    uint32_t skip;  ///< nothing here: the frame did not fit before the end of the memory
  };

  static constexpr uint64_t record_bytes(uint32_t length) noexcept {
    return sizeof(Header) + (uint64_t{length} + sizeof(Header) - 1) / sizeof(Header) * sizeof(Header);
  }
  static constexpr uint64_t left_before_end(uint64_t position) noexcept {
    return kCapacity - position % kCapacity;
  }
  Header header_at(uint64_t position) const noexcept;
  /// First, past a place that was skipped.
  uint64_t front_position() const noexcept;

  std::unique_ptr<std::byte[]> memory_;
  // Positions only grow; 64 bits of bytes last for centuries.
  uint64_t first_ = 0;
  uint64_t end_ = 0;
  uint64_t frames_ = 0;
};

}  // namespace pmd::emulation
