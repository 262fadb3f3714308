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

/// Leaves, at the end of a scope, a gate that was entered. Entering is no part of it: what would have to
/// remember whether it did costs a burst four instructions.
class GatePass {
 public:
  explicit GatePass(Gate& entered) noexcept : gate_(entered) {}
  ~GatePass() { gate_.leave(); }
  GatePass(const GatePass&) = delete;
  GatePass& operator=(const GatePass&) = delete;

 private:
  Gate& gate_;
};

}  // namespace pmd
