#include "emulation/net/engine.h"

#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "util/clock.h"
#include "util/masked_thread.h"

namespace pmd::emulation {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
/// About what a futex wake-up costs: spinning longer than that to save one is a loss.
constexpr uint64_t kSpinNs = 20'000;

long futex(std::atomic<uint32_t>& word, int operation, uint32_t value, const timespec* deadline) noexcept {
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, deadline, nullptr,
                 FUTEX_BITSET_MATCH_ANY);
}

}  // namespace

TimeSource& Engine::time() noexcept {
  class Monotonic final : public TimeSource {
    uint64_t now_ns() noexcept override { return monotonic_ns(); }
  };
  static Monotonic monotonic;
  return monotonic;
}

Engine& Engine::instance() {
  static Engine* const engine = new Engine;  // never deleted: see the class
  return *engine;
}

void Engine::add(Steppable& device) {
  const std::lock_guard life(life_);
  {
    const std::lock_guard list(list_);
    devices_.push_back(&device);
  }
  if (!thread_.joinable()) start();
  doorbell();
}

void Engine::remove(Steppable& device) noexcept {
  const std::lock_guard life(life_);
  bool last = false;
  {
    const std::lock_guard list(list_);
    std::erase(devices_, &device);
    last = devices_.empty();
  }
  if (!last || !thread_.joinable()) return;
  stopping_ = true;
  wake();
  thread_.join();
  stopping_ = false;
}

void Engine::start() {
  try {
    thread_ = start_masked_thread("pmd-emulation", [this] { run(); });
  } catch (...) {
    devices_.pop_back();
    throw;
  }
}

void Engine::run() noexcept {
  prctl(PR_SET_TIMERSLACK, 1UL);  // the default of 50 us would blur rates and delays
  uint64_t idle_since = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const uint64_t now = monotonic_ns();
    if (round(now) != 0) {
      idle_since = 0;
      continue;
    }
    if (idle_since == 0) idle_since = now;
    if (now - idle_since < kSpinNs) {
      cpu_relax();
      continue;
    }
    // From here every doorbell wakes; one that came before is seen by the round that follows.
    asleep_.store(1, std::memory_order_seq_cst);
    if (round(monotonic_ns()) == 0) sleep_until(next_event());
    asleep_.store(0, std::memory_order_seq_cst);
    idle_since = 0;
  }
}

uint32_t Engine::round(uint64_t now_ns) noexcept {
  const std::lock_guard list(list_);
  uint32_t work = 0;
  for (Steppable* device : devices_) work += device->step(kBatch, now_ns);
  return work;
}

uint64_t Engine::next_event() noexcept {
  const std::lock_guard list(list_);
  uint64_t next = kNever;
  for (Steppable* device : devices_) next = std::min(next, device->next_event());
  return next;
}

void Engine::sleep_until(uint64_t deadline_ns) noexcept {
  // An event that is nearer than a wake-up takes is waited for awake.
  if (deadline_ns != kNever && deadline_ns < monotonic_ns() + kSpinNs) return;
  if (stopping_.load()) return;
  const timespec deadline{static_cast<time_t>(deadline_ns / kSecond),
                          static_cast<long>(deadline_ns % kSecond)};
  // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time. Whatever ends the wait, the devices are looked
  // at again.
  futex(asleep_, FUTEX_WAIT_BITSET, 1, deadline_ns == kNever ? nullptr : &deadline);
}

void Engine::wake() noexcept {
  // Of several doorbells at once, one makes the system call.
  if (asleep_.exchange(0, std::memory_order_seq_cst) != 0) futex(asleep_, FUTEX_WAKE, 1, nullptr);
}

}  // namespace pmd::emulation
