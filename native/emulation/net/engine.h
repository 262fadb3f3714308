#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "emulation/net/spin_lock.h"
#include "emulation/net/time_source.h"

namespace pmd::emulation {

/// What the engine drives. step() takes the device's own lock.
class Steppable {
 public:
  /// Does up to `budget` frames' worth of work per queue; returns how much there was.
  virtual uint32_t step(uint32_t budget, uint64_t now_ns) noexcept = 0;
  /// When there is work again although no register is written; kNever when only a doorbell can bring some.
  virtual uint64_t next_event() noexcept = 0;

 protected:
  ~Steppable() = default;
};

/// The one thread of the process that drives all emulated devices, round-robin, in batches. It spins for a
/// short while when all are idle and then sleeps until a doorbell or until the next event that only time
/// brings. It starts with the first device and ends with the last. The object is never destroyed: a process
/// may exit while the thread runs.
class Engine {
 public:
  static constexpr uint32_t kBatch = 64;

  static Engine& instance();
  /// The clock by which the engine steps its devices.
  static TimeSource& time() noexcept;

  /// Throws Error(kThreads) when the first device finds that its thread cannot start; the device is then not
  /// added.
  void add(Steppable& device);
  /// When this returns, the engine does not touch the device any more.
  void remove(Steppable& device) noexcept;

  /// Whoever gives a device work calls this afterwards. Costs one load while the engine is awake. The
  /// caller's store before it must be sequentially consistent, or be made under the device's lock, which the
  /// engine takes before it sleeps.
  void doorbell() noexcept {
    if (asleep_.load(std::memory_order_seq_cst) != 0) wake();
  }

  /// For tests: whether the thread exists and sleeps.
  bool asleep() const noexcept { return asleep_.load() != 0; }

 private:
  Engine() = default;
  void start();
  void run() noexcept;
  uint32_t round(uint64_t now_ns) noexcept;
  uint64_t next_event() noexcept;
  void sleep_until(uint64_t deadline_ns) noexcept;
  void wake() noexcept;

  std::mutex life_;  // start and end of the thread; the thread itself never takes it
  std::thread thread_;
  SpinLock list_;  // held for one round at most
  std::vector<Steppable*> devices_;
  std::atomic<bool> stopping_{false};
  alignas(64) std::atomic<uint32_t> asleep_{0};  // the futex word
};

}  // namespace pmd::emulation
