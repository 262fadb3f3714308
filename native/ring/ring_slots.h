#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include "port/wait_list.h"

namespace pmd {

/// The memory of a ring: a burst's columns in a circle, and how far each end has come. The positions count
/// on and wrap at 2^32; each is written by one end, on a cache line of its own.
struct RingSlots {
  explicit RingSlots(uint32_t capacity)
      : mask(capacity - 1),
        index(new uint32_t[capacity]),
        status(new uint32_t[capacity]),
        length(new uint16_t[capacity]),
        offset(new uint16_t[capacity]) {}

  uint32_t capacity() const noexcept { return mask + 1; }
  uint32_t filled() const noexcept {
    // The consumers' first: read the other way round, they could be ahead.
    const uint32_t from = head.load(std::memory_order_acquire);
    return tail.load(std::memory_order_acquire) - from;
  }

  /// Calls `part(slot, entry, n)` for each run of slots without a wrap: once or twice.
  template <typename Part>
  void for_runs(uint32_t position, uint32_t n, Part part) const {
    const uint32_t slot = position & mask;
    const uint32_t first = std::min(n, capacity() - slot);
    part(slot, 0, first);
    if (first < n) [[unlikely]]
      part(0, first, n - first);
  }

  const uint32_t mask;
  const std::unique_ptr<uint32_t[]> index;
  const std::unique_ptr<uint32_t[]> status;
  const std::unique_ptr<uint16_t[]> length;
  const std::unique_ptr<uint16_t[]> offset;
  WaitList* waiters = nullptr;  ///< of the consumers
  alignas(64) std::atomic<uint32_t> head{0};
  alignas(64) std::atomic<uint32_t> tail{0};
  alignas(64) std::atomic<bool> armed{false};  ///< a consumer sleeps, or is about to
  std::atomic<bool> chains{false};             ///< there may be frames of several entries
};

}  // namespace pmd
