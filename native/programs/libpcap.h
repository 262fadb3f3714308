#pragma once

#include <string>
#include <vector>

#include "net/bpf/instruction.h"

namespace pmd {

/// What became of an expression.
struct Compilation {
  std::vector<bpf::Instruction> instructions = {};
  std::string refused = {};  ///< what libpcap has against it
  std::string missing = {};  ///< why there is no libpcap
};

/// Compiles an expression in tcpdump's language for Ethernet frames, by the system's libpcap. It is loaded
/// when it is first asked for, and stays. Looks up names of hosts, which may take time. Any thread.
Compilation compile_filter(const std::string& expression);

}  // namespace pmd
