#pragma once

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

/// A point in time that a wait must not pass.
class Deadline {
 public:
  static Deadline in(Clock::duration span) { return Deadline(Clock::now() + span); }
  explicit Deadline(Clock::time_point at) : at_(at) {}
  bool passed() const { return Clock::now() >= at_; }
  Clock::time_point at() const { return at_; }

 private:
  Clock::time_point at_;
};

}  // namespace pmd
