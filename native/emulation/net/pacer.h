#pragma once

#include <cstdint>

namespace pmd::emulation {

/// When frames leave at a given rate: slot n at start + n * 1e9 / rate nanoseconds, exactly, however long it
/// runs: the remainder of the division is carried on as an integer, so nothing drifts and nothing overflows.
///
/// A sender that is late (the engine's thread was not scheduled) catches up, but by `kBurst` slots at most: a
/// longer stall would otherwise end in a burst that no wire could carry, and overflow rings that kept up.
class Pacer {
 public:
  static constexpr uint32_t kBurst = 256;

  /// No rate: always due.
  Pacer() = default;
  explicit Pacer(uint64_t frames_per_second)
      : rate_(frames_per_second),
        interval_(frames_per_second ? kSecond / frames_per_second : 0),
        remainder_(frames_per_second ? kSecond % frames_per_second : 0),
        burst_(frames_per_second ? kSecond * kBurst / frames_per_second : 0) {}

  bool limited() const noexcept { return rate_ != 0; }
  bool due(uint64_t now) const noexcept { return rate_ == 0 || now >= next_; }
  /// The next slot; 0 = at once.
  uint64_t next() const noexcept { return next_; }

  /// Uses the slot that is due, and returns its time.
  uint64_t take(uint64_t now) noexcept {
    if (rate_ == 0) return now;
    if (now - next_ > burst_) next_ = now - burst_;
    const uint64_t slot = next_;
    next_ += interval_;
    carry_ += remainder_;
    if (carry_ >= rate_) {
      carry_ -= rate_;
      ++next_;
    }
    return slot;
  }

  /// There was nothing to send at `now`: the slots up to here are gone.
  void idle(uint64_t now) noexcept {
    if (rate_ != 0 && next_ < now) next_ = now;
  }

 private:
  static constexpr uint64_t kSecond = 1'000'000'000;
  uint64_t rate_ = 0;
  uint64_t interval_ = 0;
  uint64_t remainder_ = 0;
  uint64_t burst_ = 0;
  uint64_t next_ = 0;
  uint64_t carry_ = 0;
};

}  // namespace pmd::emulation
