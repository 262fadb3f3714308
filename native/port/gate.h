#pragma once

#include <atomic>

namespace pmd {

/// Keeps the control thread out of a queue while a burst is under way, and bursts out while the control
/// thread resets, reclaims or unmaps. One atomic exchange per burst; nobody waits on the packet side.
class Gate {
 public:
  bool try_enter() noexcept { return !taken_.exchange(true, std::memory_order_acquire); }
  void leave() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{true};  // shut until the port runs
};

/// Enters for a scope, or finds the gate shut.
class GatePass {
 public:
  explicit GatePass(Gate& gate) noexcept : gate_(gate), inside_(gate.try_enter()) {}
  ~GatePass() {
    if (inside_) gate_.leave();
  }
  GatePass(const GatePass&) = delete;
  GatePass& operator=(const GatePass&) = delete;
  explicit operator bool() const noexcept { return inside_; }

 private:
  Gate& gate_;
  const bool inside_;
};

}  // namespace pmd
