#include "port/token_bucket.h"

namespace pmd {

TokenBucket::TokenBucket(uint64_t per_second, uint64_t depth, uint64_t now_ns) noexcept
    : per_second_(per_second),
      full_(static_cast<int64_t>(depth * kNsPerSecond)),
      level_(full_),
      last_ns_(now_ns) {}

void TokenBucket::refill(uint64_t now_ns) noexcept {
  const uint64_t elapsed = now_ns - last_ns_;
  last_ns_ = now_ns;
  // Compared before it is multiplied: a year's worth has no room in 64 bits.
  const uint64_t to_full = static_cast<uint64_t>(full_ - level_) / per_second_;
  level_ = elapsed > to_full ? full_ : level_ + static_cast<int64_t>(elapsed * per_second_);
}

uint64_t TokenBucket::ns_until(uint64_t units) const noexcept {
  const int64_t missing = wanted(units) - level_;
  return missing <= 0 ? 0 : (static_cast<uint64_t>(missing) + per_second_ - 1) / per_second_;
}

}  // namespace pmd
