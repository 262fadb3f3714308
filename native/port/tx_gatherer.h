#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "port/burst.h"
#include "port/queue.h"

namespace pmd {

/// Reads the frames of a burst for a TX queue that copies them: does what they request, checks every entry,
/// and makes the buffers the driver's until settle().
class TxGatherer {
 public:
  struct Frame {
    std::span<const iovec> parts;  ///< one for each entry
    uint32_t first;                ///< its first entry
    uint32_t bytes;
    uint32_t segment;  ///< bytes of payload in each segment that it is to be cut into; 0: none
  };
  struct Limits {
    uint32_t max_frame;                           ///< bytes without FCS
    uint32_t pad_to = 0;                          ///< shorter frames get zeros behind them
    bool cuts = false;                            ///< whether the queue cuts frames into segments
    uint32_t most_entries = Burst::kMaxCapacity;  ///< of one frame, and of one take()
  };

  TxGatherer(PacketPool& pool, const Limits& limits);

  /// Takes frames from the front of a burst of `count` entries. When one of them can't be sent, returns why,
  /// and `bad_entry` tells which. Either way settle() must follow.
  Refusal take(Burst& burst, uint32_t count, uint32_t& bad_entry) noexcept;
  /// What was taken.
  std::span<const Frame> frames() const noexcept { return frames_; }
  std::span<const uint32_t> buffers() const noexcept { return buffers_; }

  struct Settled {
    uint32_t entries = 0;
    uint64_t bytes = 0;
  };
  /// Gives the buffers of the first `sent` frames to the thread's cache, and the others back to the burst.
  /// Returns what was sent.
  Settled settle(PoolCache& cache, size_t sent) noexcept;
  /// Forgets the buffers, which went elsewhere.
  void clear() noexcept;

  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  Refusal take_frame(const Burst& burst, uint32_t first, uint32_t entries, uint32_t& bad_entry) noexcept;

  PacketPool& pool_;
  std::atomic<uint32_t> max_frame_;
  const uint32_t pad_to_;
  const bool cuts_;
  const uint32_t most_entries_;
  std::vector<Frame> frames_;
  std::vector<iovec> parts_;  // frames point into it: it never moves
  std::vector<uint32_t> buffers_;
};

}  // namespace pmd
