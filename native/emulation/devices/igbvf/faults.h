#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "emulation/net/time_source.h"

namespace pmd::emulation {

/// What a device that was taken away reads as.
enum class Gone : uint8_t {
  kNo,
  kAllOnes,  ///< hardware: the read is a master abort
  kZeros,    ///< QEMU
};

/// What happens to one answer of the PF.
enum class MailboxFault : uint8_t {
  kNone,       ///< answered as usual: a place holder that lets a later answer be the faulty one
  kIgnore,     ///< the PF never reads the request: neither PFACK nor an answer
  kDrop,       ///< PFACK, but no answer
  kDelay,      ///< the answer comes `delay_ns` late; the PF holds the buffer meanwhile
  kDuplicate,  ///< the answer comes once more when the VF has acknowledged it
  kNack,       ///< the PF refuses, with CTS unchanged
  kWrong,      ///< the answer is one to a request that nobody made
  kPing,       ///< the PF has news of the link, and writes them over the answer
  kOldPing,    ///< as kPing, but the PF wrote its news before it read the request
  kGarbage,    ///< the answer's words mean nothing
};

struct MailboxFaultStep {
  MailboxFault fault = MailboxFault::kNone;
  uint64_t delay_ns = 0;
};

/// What the next `count` receive descriptors say instead of the truth.
struct RxFault {
  uint32_t set = 0;    ///< status bits
  uint32_t clear = 0;  ///< status bits
  std::optional<uint16_t> length;
  std::optional<uint16_t> tci;
  uint64_t count = 1;
};

/// What goes wrong, and when. Nothing in it is random: a test writes the plan (from a seed, if it likes) and
/// the device carries it out. Guarded by the device's lock.
struct FaultPlan {
  std::deque<MailboxFaultStep> mailbox;  ///< for the next requests, in order
  bool pf_deaf = false;                  ///< the PF reads no request at all
  bool pf_refuses = false;               ///< the PF refuses every request
  std::deque<RxFault> rx;                ///< for the next descriptors that are written back, in order
  uint64_t dma_interval_ns = 0;  ///< one frame per queue in this time; 0: as fast as it goes, kNever: none
  uint64_t interrupts_to_lose = 0;
  uint64_t interrupt_delay_ns = 0;
  Gone gone = Gone::kNo;
  /// Register accesses until the device is gone as `gone_after_mode`; 0 = no such plan.
  uint64_t accesses_until_gone = 0;
  Gone gone_after_mode = Gone::kAllOnes;

  MailboxFaultStep next_mailbox_step() {
    if (mailbox.empty()) return {};
    const MailboxFaultStep step = mailbox.front();
    mailbox.pop_front();
    return step;
  }

  RxFault* next_rx() noexcept {
    while (!rx.empty() && rx.front().count == 0) rx.pop_front();
    if (rx.empty()) return nullptr;
    --rx.front().count;
    return &rx.front();
  }

  /// Counts one register access; true when the device is gone for it.
  bool count_access() noexcept {
    if (accesses_until_gone != 0 && --accesses_until_gone == 0) gone = gone_after_mode;
    return gone != Gone::kNo;
  }
};

}  // namespace pmd::emulation
