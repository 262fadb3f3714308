#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "util/barrier.h"

namespace pmd::emulation {

/// The lock of a device, shared by the two ends of a wire. A ticket lock, because the engine takes it again
/// right after it lets go: without an order of arrival a register read from the control thread could wait for
/// ever. Every critical section is bounded by one batch of frames, so spinning is right; after a while a
/// waiter yields, because the holder may need this very core.
class SpinLock {
 public:
  void lock() noexcept {
    const uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
    for (unsigned spins = 0; serving_.load(std::memory_order_acquire) != ticket; ++spins) {
      if (spins < kSpinsBeforeYield) {
        cpu_relax();
      } else {
        sched_yield();
      }
    }
  }
  void unlock() noexcept {
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  static constexpr unsigned kSpinsBeforeYield = 400;
  alignas(64) std::atomic<uint32_t> next_{0};
  std::atomic<uint32_t> serving_{0};
};

}  // namespace pmd::emulation
