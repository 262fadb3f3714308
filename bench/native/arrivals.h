#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "stepped_port.h"
#include "util/clock.h"

namespace pmd::bench {

/// Frames that arrive at a fixed rate, for latencies: frame k is due k periods after the start, and waits in
/// the ring from then on. Whoever forwards asks how many are due, and says after sending how many it moved;
/// nothing that keeps it from asking is left out, but one: time in which the scheduler gave the CPU to
/// another thread or process. Mostly that is the machine's and not the loop's, though V8's own threads are
/// among them. It is told from pauses of the loop's own thread (garbage collection, compilation) by its count
/// of involuntary switches.
class Arrivals {
 public:
  /// `period`: cycles between two frames; 0: all are due at once, for the highest rate.
  Arrivals(SteppedPort& port, double period, uint32_t frames) : port_(port), period_(period) {
    latencies_.resize(frames);  // touched here: the kernel's work for a new page would be a frame's latency
    port_.step();
    switches_ = involuntary_switches();
    start_ = cycle_count();
  }

  /// `moved` frames have just been sent; returns how many are due now.
  uint32_t tick(uint32_t moved) noexcept {
    if ((unstepped_ += moved) >= kStepEvery) {
      port_.step();
      unstepped_ = 0;
    }
    const double now = elapsed();
    const uint64_t end = std::min<uint64_t>(taken_ + moved, latencies_.size());
    for (uint64_t frame = taken_; frame < end; ++frame)
      latencies_[frame] = static_cast<uint32_t>(now - period_ * static_cast<double>(frame));
    taken_ += moved;
    elapsed_ = now;
    if (period_ == 0) return kStepEvery;
    const double due = now / period_ + 1 - static_cast<double>(taken_);
    return static_cast<uint32_t>(std::clamp(due, 0.0, static_cast<double>(kStepEvery)));
  }

  /// The latency that so great a share of the frames does not exceed: cycles from when a frame was due to
  /// when it had been sent. For when all have been.
  uint32_t percentile(double share) {
    const auto rank = static_cast<ptrdiff_t>(std::ceil(share * static_cast<double>(latencies_.size()))) - 1;
    std::nth_element(latencies_.begin(), latencies_.begin() + rank, latencies_.end());
    return latencies_[static_cast<size_t>(rank)];
  }
  /// How often another thread or process had the CPU.
  uint32_t preemptions() const noexcept { return preemptions_; }
  double cycles_per_frame() const noexcept { return elapsed_ / static_cast<double>(taken_); }

 private:
  static long involuntary_switches() noexcept {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
  }
  /// Cycles since the start. After a long gap it is asked what it was, again and again, because on its way
  /// back from the system call the thread may be put aside once more.
  double elapsed() noexcept {
    for (double before = elapsed_;;) {
      const auto now = static_cast<double>(cycle_count() - start_);
      if (now - before < kLongGap) return now;
      const long switches = involuntary_switches();
      if (switches == switches_) {
        before = now;
        continue;
      }
      start_ += static_cast<uint64_t>(now - before);
      switches_ = switches;
      ++preemptions_;
    }
  }

  static constexpr double kLongGap = 26'000;   ///< cycles, some ten microseconds: less than any time slice
  static constexpr uint32_t kStepEvery = 128;  ///< frames, a quarter of the usual ring

  SteppedPort& port_;
  const double period_;
  std::vector<uint32_t> latencies_;
  uint64_t start_ = 0;
  uint64_t taken_ = 0;
  uint32_t unstepped_ = 0;
  double elapsed_ = 0;
  long switches_ = 0;
  uint32_t preemptions_ = 0;
};

}  // namespace pmd::bench
