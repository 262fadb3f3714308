#include "net/bpf/verify.h"

#include <array>
#include <vector>

namespace pmd::bpf {

namespace {

/// From here up, constant places mean the kernel's own data: SKF_LL_OFF, SKF_NET_OFF, SKF_AD_OFF.
constexpr uint32_t kNoFrame = 0x80000000;

constexpr std::array kCodes = {
    // Loads
    kLd | kWord | kAbs, kLd | kHalf | kAbs, kLd | kByte | kAbs, kLd | kWord | kInd, kLd | kHalf | kInd,
    kLd | kByte | kInd, kLd | kWord | kLen, kLd | kImm, kLd | kMem, kLdx | kWord | kLen, kLdx | kImm,
    kLdx | kMem, kLdx | kByte | kMsh,
    // Stores, results, moves
    kSt | kImm, kStx | kImm, kRet | kRetK, kRet | kRetA, kMisc | kTax, kMisc | kTxa, kAlu | kNeg,
    // Jumps
    kJmp | kJa, kJmp | kJeq | kK, kJmp | kJeq | kX, kJmp | kJgt | kK, kJmp | kJgt | kX, kJmp | kJge | kK,
    kJmp | kJge | kX, kJmp | kJset | kK, kJmp | kJset | kX};

bool is_known(uint16_t code) noexcept {
  for (const int known : kCodes)
    if (code == known) return true;
  const uint16_t without_source = code & static_cast<uint16_t>(~kX);
  for (const uint16_t op : {kAdd, kSub, kMul, kDiv, kOr, kAnd, kLsh, kRsh, kMod, kXor})
    if (without_source == (kAlu | op)) return true;
  return false;
}

bool is_one_of(uint16_t code, std::initializer_list<int> codes) noexcept {
  for (const int other : codes)
    if (code == other) return true;
  return false;
}

/// What an instruction must not do, whatever stands around it; null: nothing is wrong.
const char* fault_of(const Instruction& instruction) noexcept {
  const auto [code, jump_true, jump_false, k] = instruction;
  if (!is_known(code)) return "has a code that no instruction has";
  if (is_one_of(code, {kAlu | kDiv | kK, kAlu | kMod | kK}) && k == 0) return "divides by 0";
  if (is_one_of(code, {kAlu | kLsh | kK, kAlu | kRsh | kK}) && k >= 32) return "shifts by 32 bits or more";
  if (is_one_of(code, {kLd | kMem, kLdx | kMem, kSt, kStx}) && k >= kScratch)
    return "uses a word of scratch memory that is not there";
  if (is_one_of(code, {kLd | kWord | kAbs, kLd | kHalf | kAbs, kLd | kByte | kAbs}) && k >= kNoFrame)
    return "loads what the kernel knows of a frame, which is not in its bytes";
  return nullptr;
}

/// Which words were written on every way to each instruction.
class Scratch {
 public:
  explicit Scratch(size_t instructions) : written_(instructions + 1, UINT16_MAX) {}

  /// False when an instruction reads a word that may not have been written. Jumps lie in the program.
  bool pass(size_t at, const Instruction& instruction) noexcept {
    reached_ &= written_[at];
    const auto [code, jump_true, jump_false, k] = instruction;
    if (is_one_of(code, {kSt, kStx})) reached_ |= static_cast<uint16_t>(1u << k);
    if (is_one_of(code, {kLd | kMem, kLdx | kMem})) return reached_ >> k & 1;
    if (class_of(code) == kJmp) leave_for(at + 1, instruction);
    return true;
  }

 private:
  void leave_for(size_t next, const Instruction& jump) noexcept {
    if (jump.code == (kJmp | kJa)) {
      written_[next + jump.k] &= reached_;
    } else {
      written_[next + jump.jump_true] &= reached_;
      written_[next + jump.jump_false] &= reached_;
    }
    reached_ = UINT16_MAX;  // what comes next is reached by jumps alone
  }

  std::vector<uint16_t> written_;
  uint16_t reached_ = 0;
};

bool jumps_inside(size_t at, const Instruction& instruction, size_t instructions) noexcept {
  if (class_of(instruction.code) != kJmp) return true;
  const uint64_t room = instructions - at - 1;
  if (instruction.code == (kJmp | kJa)) return instruction.k < room;
  return instruction.jump_true < room && instruction.jump_false < room;
}

}  // namespace

std::optional<Fault> verify(std::span<const Instruction> program) {
  if (program.empty()) return Fault{0, "is not there: a program has at least one"};
  if (program.size() > kMaxInstructions) return Fault{kMaxInstructions, "is one too many"};
  Scratch scratch(program.size());
  for (size_t at = 0; at < program.size(); ++at) {
    const auto number = static_cast<uint32_t>(at);
    if (const char* const what = fault_of(program[at])) return Fault{number, what};
    if (!jumps_inside(at, program[at], program.size()))
      return Fault{number, "jumps behind the last instruction"};
    if (!scratch.pass(at, program[at]))
      return Fault{number, "reads scratch memory that may not be written yet"};
  }
  if (class_of(program.back().code) != kRet)
    return Fault{static_cast<uint32_t>(program.size() - 1), "is the last, and returns nothing"};
  return std::nullopt;
}

}  // namespace pmd::bpf
