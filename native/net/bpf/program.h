#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/bpf/instruction.h"

namespace pmd::bpf {

/// A frame as a program sees it.
struct Frame {
  const std::byte* data;
  uint32_t size;    ///< bytes that can be loaded
  uint32_t length;  ///< what the program takes for its length
};

/// A program that verify() has passed. It runs over many frames at once: jumps go forward alone, so each
/// instruction is looked at once, and done for all frames that are there. What finding it costs is shared by
/// them, and tests are vector instructions.
class Program {
 public:
  static constexpr uint32_t kMaxFrames = 32;

  explicit Program(std::span<const Instruction> verified) : instructions_(verified.begin(), verified.end()) {}

  /// The frames for which the program does not return 0, as bits; of kMaxFrames at most. A load that leaves
  /// the frame and a division by 0 return 0.
  uint32_t match(std::span<const Frame> frames) const noexcept;

 private:
  std::vector<Instruction> instructions_;
};

}  // namespace pmd::bpf
