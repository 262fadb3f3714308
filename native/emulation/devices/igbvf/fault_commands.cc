#include "emulation/devices/igbvf/fault_commands.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "emulation/devices/igbvf/software_vf.h"
#include "util/error.h"
#include "util/printable.h"

namespace pmd::emulation {

namespace {

namespace rxs = igb::rx_status;

constexpr uint64_t kMicrosecond = 1000;
/// All status bits to which the datasheet gives no name that we know.
constexpr uint32_t kUnnamedBits = ~(rxs::DD | rxs::EOP | rxs::VP | rxs::UDPCS | rxs::L4CS | rxs::IPCS |
                                    rxs::LB | rxs::L4E | rxs::IPE | rxs::kFrameError);
/// Fewer than 64 packets or 4 KiB before the end of 32 bits.
constexpr Statistics kAboutToWrap{0xFFFFFFF0, 0xFFFFFFF1, 0xFFFFF002, 0xFFFFF003, 0xFFFFFFF4};

void answer(SoftwareVf& device, MailboxFault fault, uint64_t times) {
  for (; times != 0; --times) device.plan_mailbox({fault});
}

void receive_status(SoftwareVf& device, uint32_t set, uint32_t clear, uint64_t times) {
  RxFault fault;
  fault.set = set;
  fault.clear = clear;
  fault.count = times;
  device.plan_rx(fault);
}

/// Called with the command's numbers: 1 where the command has none.
using Action = void (*)(SoftwareVf& device, uint64_t n, uint64_t m);

struct Command {
  std::string_view name;
  Action act;
  uint64_t limit = 0;  ///< of the first number; 0: there are no numbers
};

constexpr uint64_t kTimes = 1'000'000;          // a number of times
constexpr uint64_t kMicroseconds = 60'000'000;  // a minute

constexpr Command kCommands[] = {
    {"link-down", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_link(false); }},
    {"link-up", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_link(true); }},
    {"pf-down", [](SoftwareVf& d, uint64_t, uint64_t) { d.pf_present(false); }},
    {"pf-up", [](SoftwareVf& d, uint64_t, uint64_t) { d.pf_present(true); }},
    {"pf-reset-begin", [](SoftwareVf& d, uint64_t, uint64_t) { d.pf_reset_begin(); }},
    {"pf-reset-end", [](SoftwareVf& d, uint64_t, uint64_t) { d.pf_reset_end(); }},
    {"pf-reset",
     [](SoftwareVf& d, uint64_t, uint64_t) {
       d.pf_reset_begin();
       d.pf_reset_end();
     }},
    {"pf-deaf", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_pf_deaf(true); }},
    {"pf-hears", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_pf_deaf(false); }},
    {"pf-refuses", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_pf_refuses(true); }},
    {"pf-grants", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_pf_refuses(false); }},

    // The answers to the next N requests.
    {"reply-true", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kNone, n); }, kTimes},
    {"reply-ignore", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kIgnore, n); },
     kTimes},
    {"reply-drop", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kDrop, n); }, kTimes},
    {"reply-nack", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kNack, n); }, kTimes},
    {"reply-wrong", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kWrong, n); }, kTimes},
    {"reply-garbage", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kGarbage, n); },
     kTimes},
    {"reply-ping", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kPing, n); }, kTimes},
    {"reply-old-ping", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kOldPing, n); },
     kTimes},
    {"reply-duplicate", [](SoftwareVf& d, uint64_t n, uint64_t) { answer(d, MailboxFault::kDuplicate, n); },
     kTimes},
    // The next answer comes N us late.
    {"reply-late",
     [](SoftwareVf& d, uint64_t n, uint64_t) {
       d.plan_mailbox({MailboxFault::kDelay, n * kMicrosecond});
     },
     kMicroseconds},

    // What the next N receive descriptors say.
    {"rx-ce", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::CE, 0, n); }, kTimes},
    {"rx-se", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::SE, 0, n); }, kTimes},
    {"rx-seq", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::SEQ, 0, n); }, kTimes},
    {"rx-cxe", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::CXE, 0, n); }, kTimes},
    {"rx-rxe", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::RXE, 0, n); }, kTimes},
    {"rx-l4e", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::L4CS | rxs::L4E, 0, n); },
     kTimes},
    {"rx-ipe", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, rxs::IPCS | rxs::IPE, 0, n); },
     kTimes},
    {"rx-unnamed", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, kUnnamedBits, 0, n); },
     kTimes},
    {"rx-no-eop", [](SoftwareVf& d, uint64_t n, uint64_t) { receive_status(d, 0, rxs::EOP, n); }, kTimes},
    {"rx-vlan",
     [](SoftwareVf& d, uint64_t n, uint64_t) {
       RxFault fault;
       fault.set = rxs::VP;
       fault.tci = 0xFFFF;
       fault.count = n;
       d.plan_rx(fault);
     },
     kTimes},
    // The length N, in the next M descriptors.
    {"rx-length",
     [](SoftwareVf& d, uint64_t n, uint64_t m) {
       RxFault fault;
       fault.length = static_cast<uint16_t>(n);
       fault.count = m;
       d.plan_rx(fault);
     },
     UINT16_MAX},
    // A frame in a descriptor that the device was not given.
    {"rx-stray", [](SoftwareVf& d, uint64_t, uint64_t) { d.report_stray(); }},

    {"dma-miss", [](SoftwareVf& d, uint64_t n, uint64_t) { d.refuse_dma(n); }, kTimes},
    {"dma-stop", [](SoftwareVf& d, uint64_t, uint64_t) { d.slow_dma(kNever); }},
    // One frame in N us, in each direction.
    {"dma-slow", [](SoftwareVf& d, uint64_t n, uint64_t) { d.slow_dma(n * kMicrosecond); }, kMicroseconds},
    {"dma-run", [](SoftwareVf& d, uint64_t, uint64_t) { d.slow_dma(0); }},

    {"irq-lose", [](SoftwareVf& d, uint64_t n, uint64_t) { d.lose_interrupts(n); }, kTimes},
    // All interrupts from now on come N us late.
    {"irq-late", [](SoftwareVf& d, uint64_t n, uint64_t) { d.delay_interrupts(n * kMicrosecond); },
     kMicroseconds},
    {"irq-spurious", [](SoftwareVf& d, uint64_t, uint64_t) { d.signal_without_cause(); }},

    {"counters-wrap", [](SoftwareVf& d, uint64_t, uint64_t) { d.set_statistics(kAboutToWrap); }},
    {"function-reset", [](SoftwareVf& d, uint64_t, uint64_t) { d.function_level_reset(); }},
    {"removal", [](SoftwareVf& d, uint64_t, uint64_t) { d.request_removal(); }},
    {"error", [](SoftwareVf& d, uint64_t, uint64_t) { d.signal_error(); }},
    // Gone from the N-th register access on (1: the next).
    {"gone-ones", [](SoftwareVf& d, uint64_t n, uint64_t) { d.plan_gone_at_access(n, Gone::kAllOnes); },
     kTimes},
    {"gone-zeros", [](SoftwareVf& d, uint64_t n, uint64_t) { d.plan_gone_at_access(n, Gone::kZeros); },
     kTimes},
};

[[noreturn]] void refuse(std::string_view command) {
  std::string names;
  for (const Command& known : kCommands) names.append(names.empty() ? "" : ", ").append(known.name);
  throw Error(ErrorCode::kInvalidArgument, "there is no fault \"" + printable(command) + '"',
              "write NAME[:NUMBER[:NUMBER]] with one of " + names);
}

/// Takes the next `:NUMBER`, if there is one.
uint64_t take_number(std::string_view command, std::string_view& rest, uint64_t limit) {
  if (rest.empty()) return 1;
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
  if (rest.front() != ':' || problem != std::errc() || number > limit) refuse(command);
  rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return number;
}

}  // namespace

void carry_out(std::string_view command, SoftwareVf& device) {
  std::string_view rest = command.substr(std::min(command.find(':'), command.size()));
  const std::string_view name = command.substr(0, command.size() - rest.size());
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const Command& c) { return c.name == name; });
  if (found == std::end(kCommands)) refuse(command);
  const uint64_t first = take_number(command, rest, found->limit);
  const uint64_t second = take_number(command, rest, found->limit == 0 ? 0 : kTimes);
  if (!rest.empty()) refuse(command);
  found->act(device, first, second);
}

}  // namespace pmd::emulation
