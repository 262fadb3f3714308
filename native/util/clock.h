#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pmd {

using Clock = std::chrono::steady_clock;

/// CLOCK_MONOTONIC in nanoseconds: the time base of every timestamp that the library gives out.
inline uint64_t monotonic_ns() noexcept {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count());
}

/// The cycle counter that cycles-per-packet figures are given in: the TSC on x86, the virtual counter on ARM
/// (whose frequency is not the core's: reports say so).
inline uint64_t cycle_count() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return monotonic_ns();
#endif
}

/// How long a wait looks for what it waits for. A process that is held up (stopped, or on a busy machine)
/// looks at nothing meanwhile: of the time between two looks at most a quarter of the limit counts, so what
/// came in that time is found.
class Deadline {
 public:
  static Deadline in(Clock::duration span) { return Deadline(span); }

  /// One look.
  bool passed() {
    const auto now = Clock::now();
    left_ -= std::min(now - last_look_, most_);
    last_look_ = now;
    return left_ <= Clock::duration::zero();
  }

 private:
  explicit Deadline(Clock::duration span) : left_(span), most_(span / 4) {}

  Clock::duration left_;
  Clock::duration most_;
  Clock::time_point last_look_ = Clock::now();
};

}  // namespace pmd
