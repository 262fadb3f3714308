// What verify() refuses, and what a program returns. That filters agree with tcpdump and with a plain
// reference is in test/programs.

#include <vector>

#include "check.h"
#include "net/bpf/program.h"
#include "net/bpf/verify.h"

using namespace pmd::bpf;

namespace {

using List = std::vector<Instruction>;

std::vector<std::byte> frame_of(std::initializer_list<int> numbers) {
  std::vector<std::byte> frame;
  for (const int number : numbers) frame.push_back(static_cast<std::byte>(number));
  return frame;
}

constexpr Instruction kAccept{kRet | kRetK, 0, 0, 1};
constexpr Instruction kReject{kRet | kRetK, 0, 0, 0};

bool matches(const List& program, std::initializer_list<int> bytes = {}, uint32_t length = 100) {
  CHECK(!verify(program));
  const auto frame = frame_of(bytes);
  const Frame seen{frame.data(), static_cast<uint32_t>(frame.size()), length};
  return Program(program).match({&seen, 1}) != 0;
}

/// Whether the accumulator is a number once a program has run.
bool leaves(List program, uint32_t number, std::initializer_list<int> bytes = {}, uint32_t length = 100) {
  program.insert(program.end(), {{kJmp | kJeq, 0, 1, number}, kAccept, kReject});
  return matches(program, bytes, length);
}

bool refused_at(const List& program, uint32_t instruction) {
  const auto fault = verify(program);
  return fault && fault->instruction == instruction;
}

}  // namespace

TEST(programs_that_could_do_harm_are_refused) {
  CHECK(refused_at({}, 0));
  CHECK(refused_at({{0x38, 0, 0, 0}, kAccept}, 0));
  CHECK(refused_at({{kJmp | kJa, 0, 0, 1}, kAccept}, 0));
  CHECK(refused_at({{kJmp | kJa, 0, 0, UINT32_MAX}, kAccept}, 0));
  CHECK(refused_at({kAccept, {kJmp | kJeq, 1, 0, 0}, kAccept}, 1));
  CHECK(refused_at({{kAlu | kDiv, 0, 0, 0}, kAccept}, 0));
  CHECK(refused_at({{kAlu | kLsh, 0, 0, 32}, kAccept}, 0));
  CHECK(refused_at({{kSt, 0, 0, 16}, kAccept}, 0));
  CHECK(refused_at({{kLd | kMem, 0, 0, 0}, kAccept}, 0));
  CHECK(refused_at({{kLd | kAbs, 0, 0, 0x80000000}, kAccept}, 0));
  CHECK(refused_at({{kLd | kImm, 0, 0, 0}}, 0));
  CHECK(refused_at(List(kMaxInstructions + 1, kAccept), kMaxInstructions));
  CHECK(!verify(List(kMaxInstructions, kAccept)));
}

TEST(scratch_memory_is_read_only_where_every_way_has_written_it) {
  const Instruction write{kSt, 0, 0, 3}, read{kLd | kMem, 0, 0, 3};
  CHECK(!verify(List{write, read, kAccept}));
  CHECK(refused_at({{kJmp | kJeq, 0, 1, 0}, write, read, kAccept}, 2));
  CHECK(!verify(List{{kJmp | kJeq, 0, 2, 0}, write, {kJmp | kJa, 0, 0, 1}, write, read, kAccept}));
}

TEST(a_load_that_leaves_the_frame_matches_nothing) {
  for (const uint32_t size : {kWord, kHalf, kByte}) {
    const uint32_t bytes = size == kWord ? 4 : size == kHalf ? 2 : 1;
    const auto code = static_cast<uint16_t>(kLd | size | kAbs);
    CHECK(matches({{code, 0, 0, 4 - bytes}, kAccept}, {1, 2, 3, 4}));
    CHECK(!matches({{code, 0, 0, 5 - bytes}, kAccept}, {1, 2, 3, 4}));
    CHECK(!matches({{code, 0, 0, 0x7FFFFFFF}, kAccept}, {1, 2, 3, 4}));
    const auto indexed = static_cast<uint16_t>(kLd | size | kInd);
    CHECK(matches({{kLdx | kImm, 0, 0, 4 - bytes}, {indexed, 0, 0, 0}, kAccept}, {1, 2, 3, 4}));
    CHECK(!matches({{kLdx | kImm, 0, 0, 1}, {indexed, 0, 0, UINT32_MAX}, kAccept}, {1, 2, 3, 4}));
  }
  CHECK(leaves({{kLdx | kByte | kMsh, 0, 0, 3}, {kMisc | kTxa, 0, 0, 0}}, 24, {0, 0, 0, 0x46}));
  CHECK(!matches({{kLdx | kByte | kMsh, 0, 0, 4}, kAccept}, {0, 0, 0, 0x46}));
  CHECK(leaves({{kLd | kLen, 0, 0, 0}}, 333, {9}, 333));
}

TEST(arithmetic_is_of_32_bits_and_division_by_zero_matches_nothing) {
  const auto of = [](int op, uint32_t a, uint32_t x) {
    return List{
        {kLd | kImm, 0, 0, a}, {kLdx | kImm, 0, 0, x}, {static_cast<uint16_t>(kAlu | op | kX), 0, 0, 0}};
  };
  CHECK(leaves(of(kAdd, UINT32_MAX, 2), 1));
  CHECK(leaves(of(kSub, 1, 2), UINT32_MAX));
  CHECK(leaves(of(kMul, 0x10000, 0x10001), 0x10000));
  CHECK(leaves(of(kDiv, 7, 2), 3));
  CHECK(leaves(of(kMod, 7, 4), 3));
  CHECK(leaves(of(kXor, 6, 3), 5));
  CHECK(leaves(of(kLsh, 1, 31), 0x80000000));
  CHECK(leaves(of(kLsh, 1, 32), 0));
  CHECK(leaves(of(kRsh, 1, 40), 0));
  CHECK(leaves({{kLd | kImm, 0, 0, 1}, {kAlu | kNeg, 0, 0, 0}}, UINT32_MAX));
  for (const int op : {kDiv, kMod}) {
    List program = of(op, 7, 0);
    program.push_back(kAccept);
    CHECK(!matches(program));
  }
  CHECK(matches({{kLd | kImm, 0, 0, 5}, {kRet | kRetA, 0, 0, 0}}));
  CHECK(!matches({{kLd | kImm, 0, 0, 0}, {kRet | kRetA, 0, 0, 0}}));
}

TEST(each_frame_has_registers_and_memory_of_its_own) {
  // Multiplies an odd first byte by three, and compares with the second.
  const List program{{kLd | kByte | kAbs, 0, 0, 0},
                     {kSt, 0, 0, 3},
                     {kJmp | kJset, 0, 2, 1},
                     {kAlu | kMul, 0, 0, 3},
                     {kSt, 0, 0, 3},
                     {kLd | kByte | kAbs, 0, 0, 1},
                     {kLdx | kMem, 0, 0, 3},
                     {kJmp | kJeq | kX, 0, 1, 0},
                     kAccept,
                     kReject};
  CHECK(!verify(program));
  std::vector<std::vector<std::byte>> bytes;
  std::vector<Frame> frames;
  uint32_t expected = 0;
  for (uint32_t i = 0; i < Program::kMaxFrames; ++i) {
    const bool right = i % 3 != 0;
    bytes.push_back(frame_of({static_cast<int>(i), static_cast<int>((i % 2 ? 3 * i : i) + !right)}));
    expected |= uint32_t{right} << i;
  }
  bytes[7].pop_back();  // its second load leaves it
  expected &= ~(1u << 7);
  for (const auto& one : bytes) frames.push_back({one.data(), static_cast<uint32_t>(one.size()), 0});
  for (uint32_t n = 0; n <= frames.size(); ++n) {
    const uint32_t all = n == 32 ? UINT32_MAX : (1u << n) - 1;
    CHECK_EQ(Program(program).match(std::span(frames).first(n)), expected & all);
  }
}
