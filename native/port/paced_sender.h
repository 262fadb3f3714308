#pragma once

#include "port/queue.h"
#include "port/sender.h"
#include "port/token_bucket.h"

namespace pmd {

/// Stands before a TX queue and lets through what a rate allows. There is no timer: each send looks at the
/// clock.
class PacedSender final : public Sender {
 public:
  enum class Unit : uint32_t { kBits, kFrames };
  struct Rate {
    Unit unit;
    uint64_t per_second;  ///< 1 to TokenBucket::kMostPerSecond
    uint64_t depth;       ///< what may go at once: 1 to TokenBucket::kDeepest
  };

  PacedSender(TxQueue& queue, const Rate& rate) noexcept;

  int32_t send(Burst& burst) noexcept override;
  /// Nanoseconds until the rate allows what the last send had to leave; a short frame, if it left nothing.
  uint64_t ns_until_room() noexcept;

 private:
  /// Of frames from entry 0 on.
  struct Share {
    uint32_t entries = 0;
    uint64_t cost = 0;
  };
  Share allowed(const Burst& burst, uint32_t count) noexcept;
  uint64_t cost_of(const Burst& burst, uint32_t first, uint32_t entries) const noexcept;

  TxQueue& queue_;
  const Unit unit_;
  TokenBucket bucket_;
  uint64_t wanted_;  ///< the cost of the frame that has to wait
};

}  // namespace pmd
