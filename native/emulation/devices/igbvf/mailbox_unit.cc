#include "emulation/devices/igbvf/mailbox_unit.h"

#include <algorithm>

namespace pmd::emulation {

namespace v2p = regs::v2pmailbox;

namespace {
constexpr uint32_t kMemoryEnd = regs::VMBMEM.at(igb::mbx::kWords);
/// Makes the code of a request that of none.
constexpr uint32_t kOtherRequest = 0x70;

PfMessage garbage() {
  PfMessage message;
  message.words.fill(0x5A5A5A5A);
  message.count = message.words.size();
  return message;
}

bool in_memory(uint32_t offset) {
  return offset >= regs::VMBMEM.offset && offset < kMemoryEnd;
}
}  // namespace

bool MailboxUnit::owns(uint32_t offset) noexcept {
  return offset == regs::V2PMAILBOX.offset || in_memory(offset);
}

uint32_t MailboxUnit::read(uint32_t offset) noexcept {
  if (in_memory(offset)) return memory_[(offset - regs::VMBMEM.offset) / 4];
  const uint32_t value = status_;
  status_ &= ~v2p::kReadToClear;
  return value;
}

void MailboxUnit::write(uint32_t offset, uint32_t value) noexcept {
  if (in_memory(offset)) {
    memory_[(offset - regs::VMBMEM.offset) / 4] = value;
  } else {
    write_status(value);
  }
}

void MailboxUnit::write_status(uint32_t value) noexcept {
  if (value & v2p::REQ) request_ = true;
  if (value & v2p::ACK) acknowledged_ = true;
  // The buffer is taken only while the PF has not got it; any write without VFU gives it back.
  if (!(value & v2p::VFU)) {
    status_ &= ~v2p::VFU;
  } else if (!(status_ & v2p::PFU)) {
    status_ |= v2p::VFU;
  }
}

bool MailboxUnit::step(uint64_t now_ns) {
  if (pf_silent()) {
    const bool dropped = request_ || acknowledged_ || ping_;
    request_ = acknowledged_ = ping_ = false;
    return dropped;
  }
  if (delayed_) {
    if (now_ns < delayed_due_ns_) return false;
    const PfMessage message = *delayed_;
    delayed_.reset();
    post(message);
    return true;
  }
  // The PF waits for the buffer.
  if ((status_ & v2p::VFU) || !has_work()) return false;
  if (request_) {
    serve_request(now_ns);
  } else if (acknowledged_) {
    serve_acknowledge(now_ns);
  } else {
    ping_ = false;
    post(pf_.ping());
  }
  return true;
}

void MailboxUnit::vf_was_reset() noexcept {
  request_ = acknowledged_ = false;
  status_ &= ~(v2p::VFU | v2p::PFU);
  delayed_.reset();
  duplicate_.reset();
}

void MailboxUnit::set_pf_silent(bool silent) noexcept {
  if (silent == pf_silent()) return;
  vf_was_reset();
  if (silent) {
    // Its last word to its VFs, without CTS by now.
    post(pf_.ping());
    status_ |= v2p::RSTI;
  } else {
    status_ = (status_ & ~v2p::RSTI) | v2p::RSTD;
  }
}

void MailboxUnit::serve_request(uint64_t now_ns) {
  request_ = false;
  duplicate_.reset();  // would overwrite this one's answer
  const MailboxFaultStep step = faults_.next_mailbox_step();
  if (step.fault == MailboxFault::kIgnore || faults_.pf_deaf) return;
  const PfMessage old_ping = pf_.ping();
  std::optional<PfMessage> reply = pf_.request(memory_, now_ns);
  set_and_interrupt(v2p::PFACK);
  if (!reply || step.fault == MailboxFault::kDrop) return;
  if (step.fault == MailboxFault::kNack || faults_.pf_refuses) {
    reply->words[0] = (reply->words[0] & ~igb::mbx::kAck) | igb::mbx::kNack;
  }
  if (step.fault == MailboxFault::kWrong) reply->words[0] ^= kOtherRequest;
  if (step.fault == MailboxFault::kGarbage) *reply = garbage();
  if (step.fault == MailboxFault::kPing) *reply = pf_.ping();
  if (step.fault == MailboxFault::kOldPing) *reply = old_ping;
  if (step.fault == MailboxFault::kDuplicate) duplicate_ = reply;
  if (step.fault != MailboxFault::kDelay) return post(*reply);
  status_ |= v2p::PFU;
  delayed_ = reply;
  delayed_due_ns_ = time_.now_ns() + step.delay_ns;
}

void MailboxUnit::serve_acknowledge(uint64_t now_ns) {
  acknowledged_ = false;
  if (duplicate_) {
    const PfMessage again = *duplicate_;
    duplicate_.reset();
    return post(again);
  }
  if (const auto message = pf_.acknowledged(now_ns)) post(*message);
}

void MailboxUnit::post(const PfMessage& message) noexcept {
  std::copy_n(message.words.begin(), message.count, memory_.begin());
  status_ &= ~v2p::PFU;
  set_and_interrupt(v2p::PFSTS);
}

void MailboxUnit::set_and_interrupt(uint32_t bits) noexcept {
  status_ |= bits;
  interrupts_.raise_mailbox();
}

}  // namespace pmd::emulation
