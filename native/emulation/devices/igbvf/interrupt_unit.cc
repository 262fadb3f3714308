#include "emulation/devices/igbvf/interrupt_unit.h"

#include <algorithm>

#include "util/eventfd.h"

namespace pmd::emulation {

namespace {
constexpr uint32_t kEitrInterval = 0x7FFC;  // microseconds, from bit 2
constexpr uint64_t kMicrosecond = 1000;
}  // namespace

InterruptUnit::InterruptUnit(FaultPlan& faults, TimeSource& time) : faults_(faults), time_(time) {
  for (UniqueFd& fd : fds_) fd = make_eventfd();
}

bool InterruptUnit::owns(uint32_t offset) noexcept {
  return offset >= regs::EICS.offset && offset <= regs::VTIVAR_MISC.offset;
}

uint32_t InterruptUnit::read(uint32_t offset) const noexcept {
  switch (offset) {
    case regs::EIMS.offset:
      return eims_;
    case regs::EIAC.offset:
      return eiac_;
    case regs::EIAM.offset:
      return eiam_;
    case regs::EICR.offset:
      // Linux's PF leaves GPIE such that a read clears nothing.
      return eicr_;
    case regs::VTIVAR.offset:
      return vtivar_;
    case regs::VTIVAR_MISC.offset:
      return vtivar_misc_;
    case regs::EITR.at(0):
    case regs::EITR.at(1):
    case regs::EITR.at(2):
      return eitr_[(offset - regs::EITR.offset) / 4];
    default:
      return 0;
  }
}

void InterruptUnit::write(uint32_t offset, uint32_t value) noexcept {
  const uint32_t causes = value & kVectorMask;
  switch (offset) {
    case regs::EICS.offset:
      return raise(causes);
    case regs::EIMS.offset:
      // Unmasking with a cause pending fires, even one that fired before it was masked.
      signalled_ &= ~(causes & ~eims_);
      eims_ |= causes;
      return raise(0);
    case regs::EIMC.offset:
      eims_ &= ~causes;
      return;
    case regs::EIAC.offset:
      eiac_ = causes;
      return;
    case regs::EIAM.offset:
      eiam_ = causes;
      return;
    case regs::EICR.offset:
      eicr_ &= ~causes;
      signalled_ &= ~causes;
      return;
    case regs::VTIVAR.offset:
      vtivar_ = value & 0x83838383;
      return;
    case regs::VTIVAR_MISC.offset:
      vtivar_misc_ = value & 0x83;
      return;
    case regs::EITR.at(0):
    case regs::EITR.at(1):
    case regs::EITR.at(2):
      eitr_[(offset - regs::EITR.offset) / 4] = value & kEitrInterval;
      return;
    default:
      return;
  }
}

void InterruptUnit::step(uint64_t now_ns) noexcept {
  for (unsigned vector = 0; vector < regs::kVectors; ++vector)
    if (late_ns_[vector] != 0 && now_ns >= late_ns_[vector]) send(vector);
  if (ready() != 0) deliver();
}

uint64_t InterruptUnit::next_event() const noexcept {
  uint64_t next = kNever;
  for (unsigned vector = 0; vector < regs::kVectors; ++vector) {
    if (ready() & 1u << vector) next = std::min(next, last_ns_[vector] + interval_ns(vector));
    if (late_ns_[vector] != 0) next = std::min(next, late_ns_[vector]);
  }
  return next;
}

void InterruptUnit::connect(bool on) noexcept {
  connected_ = on;
  raise(0);
}

void InterruptUnit::reset() noexcept {
  eicr_ = eims_ = eiac_ = eiam_ = signalled_ = 0;
  eitr_ = {};
}

void InterruptUnit::clear() noexcept {
  reset();
  vtivar_ = vtivar_misc_ = 0;
}

uint64_t InterruptUnit::interval_ns(unsigned vector) const noexcept {
  return uint64_t{eitr_[vector] >> 2} * kMicrosecond;
}

void InterruptUnit::deliver() noexcept {
  const uint64_t now = time_.now_ns();
  for (unsigned vector = 0; vector < regs::kVectors; ++vector) {
    // EITR holds an interrupt back until a step after its interval.
    if ((ready() & 1u << vector) &&
        (last_ns_[vector] == 0 || now >= last_ns_[vector] + interval_ns(vector))) {
      signal(vector, now);
    }
  }
}

void InterruptUnit::signal(unsigned vector, uint64_t now_ns) noexcept {
  const uint32_t bit = 1u << vector;
  last_ns_[vector] = now_ns;
  if (eiac_ & bit) {
    eicr_ &= ~bit;  // auto-clear: the message itself says what happened (7.3.4.4)
  } else {
    signalled_ |= bit;
  }
  if (eiam_ & bit) eims_ &= ~bit;
  if (faults_.interrupts_to_lose != 0) {
    --faults_.interrupts_to_lose;
  } else if (faults_.interrupt_delay_ns != 0) {
    late_ns_[vector] = now_ns + faults_.interrupt_delay_ns;
  } else {
    send(vector);
  }
}

void InterruptUnit::signal_without_cause() noexcept {
  for (unsigned vector = 0; vector < regs::kVectors; ++vector) send(vector);
}

void InterruptUnit::send(unsigned vector) noexcept {
  late_ns_[vector] = 0;
  ++sent_;
  signal_eventfd(fds_[vector].get());
}

}  // namespace pmd::emulation
