#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "net/bpf/instruction.h"

namespace pmd::bpf {

/// Why a program is refused.
struct Fault {
  uint32_t instruction;  ///< the first that is wrong
  const char* what;      ///< what it does: "jumps behind the last instruction"
};

/// Looks at a program as the kernel does before it runs one (its bpf_check_classic()): known
/// codes, jumps that go forward to an instruction, no division by a constant 0, no shift by 32 or more,
/// scratch memory that is there and was written on every way before it is read, a return at the end. A
/// program that passes ends, and reads nothing but the frame. Loads from what is no frame (the kernel's
/// ancillary data) are refused, too.
std::optional<Fault> verify(std::span<const Instruction> program);

}  // namespace pmd::bpf
