#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "emulation/devices/igbvf/faults.h"
#include "emulation/devices/igbvf/interrupt_unit.h"
#include "emulation/devices/igbvf/pf_mailbox.h"
#include "nic/igbvf/registers.h"

namespace pmd::emulation {

/// VMBMEM and V2PMAILBOX (82576EB datasheet 7.10.2.9), with the PF driver behind them. The PF works when the
/// device is stepped, as a driver on another processor would: never inside the VF's register write. Guarded
/// by the device's lock.
class MailboxUnit {
 public:
  MailboxUnit(PfMailbox& pf, InterruptUnit& interrupts, FaultPlan& faults, TimeSource& time)
      : pf_(pf), interrupts_(interrupts), faults_(faults), time_(time) {}

  static bool owns(uint32_t offset) noexcept;
  /// Clears PFSTS, PFACK and RSTD.
  uint32_t read(uint32_t offset) noexcept;
  void write(uint32_t offset, uint32_t value) noexcept;

  /// Returns whether the PF did anything.
  bool step(uint64_t now_ns);
  uint64_t next_event() const noexcept { return delayed_ ? delayed_due_ns_ : kNever; }
  bool has_work() const noexcept { return request_ || acknowledged_ || ping_; }

  /// The VF was reset: requests of before are void.
  void vf_was_reset() noexcept;
  /// The PF pings at its next turn.
  void ping() noexcept { ping_ = true; }
  /// The PF goes away (reset, or its interface down), or comes back.
  void set_pf_silent(bool silent) noexcept;
  bool pf_silent() const noexcept { return (status_ & regs::v2pmailbox::RSTI) != 0; }

 private:
  void write_status(uint32_t value) noexcept;
  void serve_request(uint64_t now_ns);
  void serve_acknowledge(uint64_t now_ns);
  void post(const PfMessage& message) noexcept;
  void set_and_interrupt(uint32_t bits) noexcept;

  PfMailbox& pf_;
  InterruptUnit& interrupts_;
  FaultPlan& faults_;
  TimeSource& time_;
  std::array<uint32_t, igb::mbx::kWords> memory_{};
  uint32_t status_ = 0;  // VFU, PFU, PFSTS, PFACK, RSTI, RSTD
  bool request_ = false;
  bool acknowledged_ = false;
  bool ping_ = false;
  std::optional<PfMessage> delayed_;
  uint64_t delayed_due_ns_ = 0;
  std::optional<PfMessage> duplicate_;
};

}  // namespace pmd::emulation
