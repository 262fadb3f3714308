#include "nic/igbvf/mailbox.h"

#include <algorithm>
#include <optional>

#include "nic/igbvf/presence.h"
#include "nic/igbvf/registers.h"
#include "util/error.h"

namespace pmd::igbvf {

namespace mbx = igb::mbx;
namespace bits = regs::v2pmailbox;
using namespace std::chrono_literals;

namespace {

// Linux and DPDK wait 2000 times 500 us for each of the acknowledgement and the reply.
constexpr auto kAnswerLimit = 1s;
constexpr auto kFirstPoll = 20us;
constexpr auto kLastPoll = 500us;
// The PF holds the buffer (PFU) while it reads or writes it; a refusal is normal and short.
constexpr auto kLockLimit = 20ms;
// The PF writes its news into the buffer without looking: what comes in the place of a reply may have been
// written over it. A reply that is there all the same comes at once; otherwise the request, which can be
// made twice, is made again.
constexpr auto kOverwritten = 20ms;

/// Whether a message answers a request. One without CTS does whatever it is, as the PF has forgotten us and
/// answers nothing else. The answer to RESET never has CTS: to another request it is one that came twice.
bool answers(uint32_t message, uint32_t request) {
  const uint32_t code = message & mbx::kCodeMask;
  const uint32_t asked = request & mbx::kCodeMask;
  if (code == asked) return true;
  return !(message & mbx::kCts) && asked != mbx::kReset && code != mbx::kReset;
}

Error no_answer(const char* what) {
  return Error(ErrorCode::kPeerSilent, std::string("the PF driver did not ") + what + " within a second",
               "check that the PF's interface is up (ip link set PF up) and its driver is loaded");
}

}  // namespace

void Mailbox::reset() noexcept {
  seen_ = control_ = 0;
  silent_ = false;
}

void Mailbox::forget_past() noexcept {
  control_ = 0;
  consume(bits::RSTD);
}

uint32_t Mailbox::look() noexcept {
  const uint32_t now = registers_.read32(regs::V2PMAILBOX.at());
  seen_ |= now & bits::kReadToClear;
  return now | seen_;
}

Task<Mailbox::Words> Mailbox::request(std::span<const uint32_t> words, Clock::duration reply_delay) {
  if (silent_) throw no_answer("answer an earlier request");
  co_await post(words);
  co_await wait_for(bits::PFACK, kAnswerLimit, "acknowledge a request");
  if (reply_delay > Clock::duration::zero()) co_await thread_.sleep(reply_delay);
  auto limit = Deadline::in(kAnswerLimit);  // one for all: other messages do not put it off
  std::optional<Deadline> overwritten;
  for (;;) {
    const bool came = co_await comes(bits::PFSTS, overwritten ? *overwritten : limit);
    if (!came) {
      if (!overwritten) fail_silent("reply to a request");
      overwritten.reset();
      co_await post(words);
      continue;
    }
    const Words reply = co_await read_message();
    if (reply[0] == UINT32_MAX || reply[0] == 0) check_presence(function_, registers_);
    if ((reply[0] & mbx::kCodeMask) == mbx::kPfControl) {
      control_ = reply[0];
      overwritten = Deadline::in(kOverwritten);
    } else if (answers(reply[0], words[0])) {
      co_return reply;
    }
    if (limit.passed()) fail_silent("reply to a request");
  }
}

Task<> Mailbox::post(std::span<const uint32_t> words) {
  if (words.size() > mbx::kWords)
    throw Error(ErrorCode::kInternal, "a message of " + std::to_string(words.size()) + " words to the PF");
  co_await lock();
  // What is left of an earlier exchange must not be taken for this one's.
  look();
  consume(bits::PFSTS | bits::PFACK);
  for (unsigned i = 0; i < words.size(); ++i) registers_.write32(regs::VMBMEM.at(i), words[i]);
  registers_.write32(regs::V2PMAILBOX.at(), bits::REQ);  // gives up VFU too
}

Task<uint32_t> Mailbox::take_unasked() {
  const Words message = co_await read_message();
  co_return message[0];
}

Task<Mailbox::Words> Mailbox::read_message() {
  co_await lock();
  consume(bits::PFSTS);
  Words message;
  for (unsigned i = 0; i < mbx::kWords; ++i) message[i] = registers_.read32(regs::VMBMEM.at(i));
  registers_.write32(regs::V2PMAILBOX.at(), bits::ACK);  // gives up VFU too
  co_return message;
}

Task<> Mailbox::lock() {
  auto deadline = Deadline::in(kLockLimit);
  for (;;) {
    registers_.write32(regs::V2PMAILBOX.at(), bits::VFU);
    if (look() & bits::VFU) co_return;
    check_wait();
    if (deadline.passed()) fail_silent("let go of the mailbox");
    co_await thread_.sleep(kLastPoll);
  }
}

Task<> Mailbox::wait_for(uint32_t wanted, Clock::duration limit, const char* what) {
  auto deadline = Deadline::in(limit);
  // In a variable: GCC 12 never resumes a coroutine that awaits within the condition of such an `if`.
  const bool came = co_await comes(wanted, deadline);
  if (!came) fail_silent(what);
}

/// False when the limit passes first.
Task<bool> Mailbox::comes(uint32_t wanted, Deadline& limit) {
  Clock::duration pause = kFirstPoll;
  while (!(look() & wanted)) {
    check_wait();
    if (limit.passed()) co_return false;
    co_await thread_.sleep(pause);
    pause = std::min<Clock::duration>(pause * 2, kLastPoll);
  }
  consume(wanted);
  co_return true;
}

/// Throws when there is nothing left to wait for.
void Mailbox::check_wait() const {
  if (cancelled_) throw Error(ErrorCode::kClosed, "the port is being closed", "open it again");
  check_presence(function_, registers_);
}

void Mailbox::fail_silent(const char* what) {
  silent_ = true;
  throw no_answer(what);
}

}  // namespace pmd::igbvf
