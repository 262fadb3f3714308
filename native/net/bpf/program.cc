#include "net/bpf/program.h"

#include <algorithm>
#include <array>
#include <bit>

#include "net/headers.h"
#include "util/lanes.h"

namespace pmd::bpf {

namespace {

constexpr uint32_t kLanes = Program::kMaxFrames;
using Lanes = std::array<uint32_t, kLanes>;
/// Lanes as bits.
using Set = uint32_t;

constexpr Lanes kBits = [] {
  Lanes bits{};
  for (uint32_t i = 0; i < kLanes; ++i) bits[i] = 1u << i;
  return bits;
}();

/// One run: registers and scratch memory of each frame, in lanes.
class Run {
 public:
  explicit Run(std::span<const Frame> frames) noexcept
      : frames_(frames.data()),
        count_(static_cast<uint32_t>(frames.size())),
        all_(count_ == kLanes ? UINT32_MAX : (1u << count_) - 1),
        shortest_(UINT32_MAX) {
    for (const Frame& frame : frames) shortest_ = std::min(shortest_, frame.size);
  }

  Set all() const noexcept { return all_; }

  /// Of the lanes in which a test of the accumulator holds, those in `set`.
  Set test(const Instruction& jump, Set set) const noexcept {
    const bool with_x = jump.code & kX;
    switch (jump.code & 0xF0) {
      case kJeq:
        return set & where(with_x, jump.k, [](U32x4 a, U32x4 b) { return a == b; });
      case kJgt:
        return set & where(with_x, jump.k, [](U32x4 a, U32x4 b) { return a > b; });
      case kJge:
        return set & where(with_x, jump.k, [](U32x4 a, U32x4 b) { return a >= b; });
      default:
        return set & where(with_x, jump.k, [](U32x4 a, U32x4 b) { return (a & b) != 0; });
    }
  }

  /// Does what is no jump and no return, and returns the lanes that go on.
  Set execute(const Instruction& instruction, Set set) noexcept;
  Set where_accumulator_is_set(Set set) const noexcept {
    return set & where(false, 0, [](U32x4 a, U32x4 b) { return a != b; });
  }

 private:
  template <typename Work>
  void each(Set set, Work work) const noexcept {
    if (set == all_) {
#pragma GCC unroll 4
      for (uint32_t i = 0; i < count_; ++i) work(i);
    } else {
      for (; set != 0; set &= set - 1) work(static_cast<uint32_t>(std::countr_zero(set)));
    }
  }

  /// The lanes in which a test of the accumulator holds, of all lanes that are there and some that are not.
  template <typename Test>
  Set where(bool with_x, uint32_t k, Test test) const noexcept {
    const U32x4 same = {k, k, k, k};
    U32x4 found{};
    for (uint32_t i = 0; i < count_; i += 4) {
      const auto a = load_lanes<U32x4>(&a_[i]);
      const auto b = with_x ? load_lanes<U32x4>(&x_[i]) : same;
      found |= std::bit_cast<U32x4>(test(a, b)) & load_lanes<U32x4>(&kBits[i]);
    }
    return found[0] | found[1] | found[2] | found[3];
  }

  /// Loads from one place of every frame.
  template <typename Number>
  Set load_at(uint32_t k, Set set, Lanes& to, Number number) noexcept {
    constexpr uint32_t kBytes = Number::kBytes;
    if (uint64_t{k} + kBytes <= shortest_) [[likely]] {
      each(set, [&](uint32_t i) { to[i] = number(frames_[i].data + k); });
      return set;
    }
    each(set, [&](uint32_t i) {
      if (uint64_t{k} + kBytes <= frames_[i].size)
        to[i] = number(frames_[i].data + k);
      else
        set &= ~kBits[i];
    });
    return set;
  }
  /// Loads from a place that each frame's X tells.
  template <typename Number>
  Set load_from(uint32_t k, Set set, Number number) noexcept {
    Set left = 0;
    each(set, [&](uint32_t i) {
      const uint64_t at = uint64_t{k} + x_[i];
      if (at + Number::kBytes <= frames_[i].size) [[likely]]
        a_[i] = number(frames_[i].data + at);
      else
        left |= kBits[i];
    });
    return set & ~left;
  }

  template <typename Operation>
  Set calculate(const Instruction& instruction, Set set, Operation operation) noexcept {
    const bool with_x = instruction.code & kX;
    each(set, [&](uint32_t i) { a_[i] = operation(a_[i], with_x ? x_[i] : instruction.k); });
    return set;
  }
  Set calculate(const Instruction& instruction, Set set) noexcept;
  /// The lanes in which an operand is not 0.
  Set divisible(const Instruction& instruction, Set set) const noexcept {
    if (!(instruction.code & kX)) return set;
    each(set, [&](uint32_t i) {
      if (x_[i] == 0) set &= ~kBits[i];
    });
    return set;
  }

  const Frame* const frames_;
  const uint32_t count_;
  const Set all_;
  uint32_t shortest_;
  Lanes a_{};
  Lanes x_{};
  std::array<Lanes, kScratch> scratch_;  // verify() has seen that nothing is read before it is written
};

struct Word {
  static constexpr uint32_t kBytes = 4;
  uint32_t operator()(const std::byte* at) const noexcept { return load_be32(at); }
};
struct Half {
  static constexpr uint32_t kBytes = 2;
  uint32_t operator()(const std::byte* at) const noexcept { return load_be16(at); }
};
struct Byte {
  static constexpr uint32_t kBytes = 1;
  uint32_t operator()(const std::byte* at) const noexcept { return std::to_integer<uint32_t>(*at); }
};
/// Bytes of an IPv4 header, of its first byte.
struct HeaderLength {
  static constexpr uint32_t kBytes = 1;
  uint32_t operator()(const std::byte* at) const noexcept {
    return (std::to_integer<uint32_t>(*at) & 0x0F) * 4;
  }
};

Set Run::execute(const Instruction& instruction, Set set) noexcept {
  const uint32_t k = instruction.k;
  switch (instruction.code) {
    case kLd | kWord | kAbs:
      return load_at(k, set, a_, Word());
    case kLd | kHalf | kAbs:
      return load_at(k, set, a_, Half());
    case kLd | kByte | kAbs:
      return load_at(k, set, a_, Byte());
    case kLdx | kByte | kMsh:
      return load_at(k, set, x_, HeaderLength());
    case kLd | kWord | kInd:
      return load_from(k, set, Word());
    case kLd | kHalf | kInd:
      return load_from(k, set, Half());
    case kLd | kByte | kInd:
      return load_from(k, set, Byte());
    case kLd | kImm:
      each(set, [&](uint32_t i) { a_[i] = k; });
      return set;
    case kLdx | kImm:
      each(set, [&](uint32_t i) { x_[i] = k; });
      return set;
    case kLd | kLen:
      each(set, [&](uint32_t i) { a_[i] = frames_[i].length; });
      return set;
    case kLdx | kLen:
      each(set, [&](uint32_t i) { x_[i] = frames_[i].length; });
      return set;
    case kLd | kMem:
      each(set, [&](uint32_t i) { a_[i] = scratch_[k][i]; });
      return set;
    case kLdx | kMem:
      each(set, [&](uint32_t i) { x_[i] = scratch_[k][i]; });
      return set;
    case kSt:
      each(set, [&](uint32_t i) { scratch_[k][i] = a_[i]; });
      return set;
    case kStx:
      each(set, [&](uint32_t i) { scratch_[k][i] = x_[i]; });
      return set;
    case kMisc | kTax:
      each(set, [&](uint32_t i) { x_[i] = a_[i]; });
      return set;
    case kMisc | kTxa:
      each(set, [&](uint32_t i) { a_[i] = x_[i]; });
      return set;
    default:
      return calculate(instruction, set);
  }
}

/// A shift by 32 or more leaves 0.
Set Run::calculate(const Instruction& instruction, Set set) noexcept {
  switch (instruction.code & 0xF0) {
    case kAdd:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a + b; });
    case kSub:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a - b; });
    case kMul:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a * b; });
    case kDiv:
      set = divisible(instruction, set);
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a / b; });
    case kMod:
      set = divisible(instruction, set);
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a % b; });
    case kOr:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a | b; });
    case kAnd:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a & b; });
    case kXor:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return a ^ b; });
    case kLsh:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return b < 32 ? a << b : 0; });
    case kRsh:
      return calculate(instruction, set, [](uint32_t a, uint32_t b) { return b < 32 ? a >> b : 0; });
    default:  // kNeg
      return calculate(instruction, set, [](uint32_t a, uint32_t) { return 0 - a; });
  }
}

}  // namespace

uint32_t Program::match(std::span<const Frame> frames) const noexcept {
  Run run(frames);
  // The lanes that come to each instruction.
  std::array<Set, kMaxInstructions> coming;
  std::fill_n(coming.data(), instructions_.size(), 0);
  coming[0] = run.all();
  Set left = run.all();
  Set matching = 0;
  for (size_t at = 0; left != 0; ++at) {
    const Set set = coming[at];
    if (set == 0) continue;
    const Instruction& instruction = instructions_[at];
    if (class_of(instruction.code) == kRet) {
      const bool returns_k = instruction.code == (kRet | kRetK);
      matching |= returns_k ? (instruction.k != 0 ? set : 0) : run.where_accumulator_is_set(set);
      left &= ~set;
    } else if (instruction.code == (kJmp | kJa)) {
      coming[at + 1 + instruction.k] |= set;
    } else if (class_of(instruction.code) == kJmp) {
      const Set holds = run.test(instruction, set);
      coming[at + 1 + instruction.jump_true] |= holds;
      coming[at + 1 + instruction.jump_false] |= set & ~holds;
    } else {
      const Set going_on = run.execute(instruction, set);
      left &= ~(set & ~going_on);
      coming[at + 1] |= going_on;
    }
  }
  return matching;
}

}  // namespace pmd::bpf
