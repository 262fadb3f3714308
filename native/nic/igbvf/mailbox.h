#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "nic/igbvf/mailbox_messages.h"
#include "pci/function.h"
#include "port/control_thread.h"
#include "util/task.h"

namespace pmd::igbvf {

/// The VF's end of the VF-to-PF mailbox (82576EB datasheet, 7.10.2.9.1): one request and its reply at a time,
/// by one thread.
///
/// V2PMAILBOX clears PFSTS, PFACK and RSTD when it is read, so every read goes through look(), which keeps
/// what it saw.
class Mailbox {
 public:
  using Words = std::array<uint32_t, igb::mbx::kWords>;

  Mailbox(const PciFunction& function, RegisterWindow& registers, ControlThread& thread)
      : function_(function), registers_(registers), thread_(thread) {}

  /// Sends `words` and returns the PF's reply to it. A PF_CONTROL message that arrives meanwhile is set aside
  /// for take_control(), and a reply to anything else is dropped: it came late, or twice. Throws
  /// Error(kPeerSilent), and after that refuses to speak until reset(); Error(kRemoved) when the device is
  /// gone; Error(kClosed) when cancelled.
  Task<Words> request(std::span<const uint32_t> words, Clock::duration reply_delay = {});

  /// Forgets what was seen, for a new handshake.
  void reset() noexcept;
  /// The PF has answered the handshake: what it told before that holds no more.
  void forget_past() noexcept;
  /// Makes a request under way end with Error(kClosed).
  void cancel() noexcept { cancelled_ = true; }
  bool cancelled() const noexcept { return cancelled_; }
  /// The PF has forgotten us: as if it had not answered.
  void give_up() noexcept { silent_ = true; }
  /// A request went unanswered: a new handshake is due.
  bool silent() const noexcept { return silent_; }

  /// Reads V2PMAILBOX and returns all bits seen and not consumed yet.
  uint32_t look() noexcept;
  void consume(uint32_t bits) noexcept { seen_ &= ~bits; }
  /// Reads the waiting message's first word and acknowledges it.
  Task<uint32_t> take_unasked();
  /// The last PF_CONTROL message that came while a reply was awaited; 0 if none.
  uint32_t take_control() noexcept { return std::exchange(control_, 0); }

 private:
  Task<> lock();
  Task<> post(std::span<const uint32_t> words);
  Task<bool> comes(uint32_t wanted, Deadline& limit);
  void check_wait() const;
  [[noreturn]] void fail_silent(const char* what);
  Task<> wait_for(uint32_t bits, Clock::duration limit, const char* what);
  Task<Words> read_message();

  const PciFunction& function_;
  RegisterWindow& registers_;
  ControlThread& thread_;
  uint32_t seen_ = 0;
  uint32_t control_ = 0;
  bool silent_ = false;
  bool cancelled_ = false;
};

}  // namespace pmd::igbvf
