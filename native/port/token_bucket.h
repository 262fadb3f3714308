#pragma once

#include <algorithm>
#include <cstdint>

namespace pmd {

/// How much of something, frames or bits, may go in any time t: `depth` + `per_second` * t. It is exact: no
/// fraction of a unit is ever lost or won. What is more than the depth goes when the bucket is full, and is
/// owed.
class TokenBucket {
 public:
  static constexpr uint64_t kNsPerSecond = 1'000'000'000;
  static constexpr uint64_t kMostPerSecond = 1'000'000'000'000;
  static constexpr uint64_t kDeepest = INT64_MAX / kNsPerSecond / 2;

  /// Full, as of `now_ns`. Both are 1 or more.
  TokenBucket(uint64_t per_second, uint64_t depth, uint64_t now_ns) noexcept;

  /// Adds what has come since the last time. Time never goes back.
  void refill(uint64_t now_ns) noexcept;
  // `units` is at most kDeepest.

  /// Whether one thing of so many may go.
  bool covers(uint64_t units) const noexcept { return level_ >= wanted(units); }
  /// Whether several things of so many together may go.
  bool holds(uint64_t units) const noexcept { return level_ >= static_cast<int64_t>(units * kNsPerSecond); }
  /// What is covered.
  void take(uint64_t units) noexcept { level_ -= static_cast<int64_t>(units * kNsPerSecond); }
  /// From the last refill until it covers so many.
  uint64_t ns_until(uint64_t units) const noexcept;

 private:
  int64_t wanted(uint64_t units) const noexcept {
    return std::min(static_cast<int64_t>(units * kNsPerSecond), full_);
  }

  const uint64_t per_second_;
  const int64_t full_;  ///< in units of a nanosecond's worth, as the level is
  int64_t level_;
  uint64_t last_ns_;
};

}  // namespace pmd
