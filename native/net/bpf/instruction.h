#pragma once

#include <cstdint>

namespace pmd::bpf {

/// An instruction of the classic BSD packet filter, as pcap_compile() makes them and `tcpdump -ddd` prints
/// them: McCanne and Jacobson, "The BSD Packet Filter", 1993, with the two operators that came later (MOD,
/// XOR).
struct Instruction {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t k;
};

inline constexpr uint32_t kMaxInstructions = 4096;
/// Words of a program's own memory.
inline constexpr uint32_t kScratch = 16;

// Parts of a code.
// Its class:
inline constexpr uint16_t kLd = 0, kLdx = 1, kSt = 2, kStx = 3, kAlu = 4, kJmp = 5, kRet = 6, kMisc = 7;
// Of a load, its size and its mode:
inline constexpr uint16_t kWord = 0x00, kHalf = 0x08, kByte = 0x10;
inline constexpr uint16_t kImm = 0x00, kAbs = 0x20, kInd = 0x40, kMem = 0x60, kLen = 0x80, kMsh = 0xA0;
// Of arithmetic, the operator; of a jump, the test; and of both, what the accumulator meets:
inline constexpr uint16_t kAdd = 0x00, kSub = 0x10, kMul = 0x20, kDiv = 0x30, kOr = 0x40, kAnd = 0x50;
inline constexpr uint16_t kLsh = 0x60, kRsh = 0x70, kNeg = 0x80, kMod = 0x90, kXor = 0xA0;
inline constexpr uint16_t kJa = 0x00, kJeq = 0x10, kJgt = 0x20, kJge = 0x30, kJset = 0x40;
inline constexpr uint16_t kK = 0x00, kX = 0x08;
// What is returned; moves:
inline constexpr uint16_t kRetK = 0x00, kRetA = 0x10;
inline constexpr uint16_t kTax = 0x00, kTxa = 0x80;

constexpr uint16_t class_of(uint16_t code) noexcept {
  return code & 0x07;
}

}  // namespace pmd::bpf
