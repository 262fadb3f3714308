#pragma once

#include <array>
#include <cstdint>

#include "emulation/devices/igbvf/faults.h"
#include "nic/igbvf/registers.h"
#include "util/unique_fd.h"

namespace pmd::emulation {

/// EICR and its relatives (82576EB datasheet 7.3), down to one eventfd per MSI-X vector. Guarded by the
/// device's lock.
class InterruptUnit {
 public:
  InterruptUnit(FaultPlan& faults, TimeSource& time);

  static bool owns(uint32_t offset) noexcept;
  uint32_t read(uint32_t offset) const noexcept;
  void write(uint32_t offset, uint32_t value) noexcept;

  void raise_receive(unsigned queue) noexcept { raise(cause(vtivar_ >> (16 * queue))); }
  void raise_transmit(unsigned queue) noexcept { raise(cause(vtivar_ >> (16 * queue + 8))); }
  void raise_mailbox() noexcept { raise(cause(vtivar_misc_)); }

  /// Sends what throttling held back.
  void step(uint64_t now_ns) noexcept;
  /// When the first held-back interrupt may go; kNever when there is none.
  uint64_t next_event() const noexcept;

  /// MSI-X enable.
  void connect(bool on) noexcept;
  /// Masks and causes are cleared; the vector allocation stays (82576 specification update, clarification 3).
  void reset() noexcept;
  /// A reset of the whole NIC: the allocation goes too.
  void clear() noexcept;
  int fd(unsigned vector) const noexcept { return fds_[vector].get(); }
  uint64_t sent() const noexcept { return sent_; }
  /// A fault: messages of all vectors for which there is no cause.
  void signal_without_cause() noexcept;

 private:
  static constexpr uint32_t kVectorMask = (1u << regs::kVectors) - 1;

  static uint32_t cause(uint32_t entry) noexcept {
    return entry & regs::ivar::VALID ? (1u << (entry & 3)) & kVectorMask : 0;
  }
  void raise(uint32_t causes) noexcept {
    eicr_ |= causes;
    if (ready() != 0) deliver();
  }
  uint32_t ready() const noexcept { return connected_ ? eicr_ & eims_ & ~signalled_ : 0; }
  uint64_t interval_ns(unsigned vector) const noexcept;
  void deliver() noexcept;
  void signal(unsigned vector, uint64_t now_ns) noexcept;
  void send(unsigned vector) noexcept;

  FaultPlan& faults_;
  TimeSource& time_;
  uint32_t eicr_ = 0;
  uint32_t eims_ = 0;
  uint32_t eiac_ = 0;
  uint32_t eiam_ = 0;
  uint32_t vtivar_ = 0;
  uint32_t vtivar_misc_ = 0;
  std::array<uint32_t, regs::kVectors> eitr_{};
  /// Causes that were signalled and not cleared since: they don't fire again.
  uint32_t signalled_ = 0;
  bool connected_ = false;
  std::array<uint64_t, regs::kVectors> last_ns_{};
  std::array<uint64_t, regs::kVectors> late_ns_{};  ///< when a message that is late goes out; 0: none is
  uint64_t sent_ = 0;
  std::array<UniqueFd, regs::kVectors> fds_;
};

}  // namespace pmd::emulation
