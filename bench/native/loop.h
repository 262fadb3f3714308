#pragma once

#include <cstdint>
#include <vector>

#include "util/clock.h"

namespace pmd::bench {

/// What is measured: `measured()` alone counts, `prepare()` and `finish()` stand around it.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual void prepare() {}
  /// Never inlined, and named so, for callgrind to find it.
  virtual void measured() = 0;
  virtual void finish() {}
};

/// Cycles of each section that was measured. The cycle counter is read on both sides of a section of some
/// hundred frames, so that whatever lies between sections is in no figure, and the sections that another
/// process broke into are outliers that a median ignores.
class Stopwatch {
 public:
  static constexpr uint32_t kCapacity = 1u << 16;

  Stopwatch() : samples_(kCapacity) {}
  void clear() noexcept { count_ = 0; }
  void start() noexcept { started_ = cycle_count(); }
  void stop() noexcept {
    const uint64_t now = cycle_count();
    if (count_ < kCapacity) samples_[count_++] = static_cast<double>(now - started_);
  }
  double* samples() noexcept { return samples_.data(); }
  uint32_t count() const noexcept { return count_; }

 private:
  std::vector<double> samples_;
  uint32_t count_ = 0;
  uint64_t started_ = 0;
};

/// Runs a loop so many times; `step()` lets the device work just before each.
template <typename Step>
void run_sections(Loop& loop, uint32_t sections, Stopwatch& watch, Step&& step) {
  for (uint32_t i = 0; i < sections; ++i) {
    loop.prepare();
    step();
    watch.start();
    loop.measured();
    watch.stop();
    loop.finish();
  }
}

}  // namespace pmd::bench
