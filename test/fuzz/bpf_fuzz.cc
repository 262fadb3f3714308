// Any list of instructions is refused, or safe: it reads no byte behind the frame's end, and it ends.

#include <algorithm>
#include <memory>
#include <vector>

#include "input.h"
#include "net/bpf/program.h"
#include "net/bpf/verify.h"

using namespace pmd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  std::vector<bpf::Instruction> list(input.byte());
  for (bpf::Instruction& instruction : list)
    instruction = {input.half(), input.byte(), input.byte(), input.word()};
  const auto fault = bpf::verify(list);
  if (fault) {
    fuzz::require(fault->instruction < std::max<size_t>(list.size(), 1), "a fault names an instruction");
    fuzz::require(fault->what != nullptr, "a fault says what is wrong");
    return 0;
  }
  // Copies of exactly their size, in which AddressSanitizer sees a read beyond their ends.
  std::vector<std::unique_ptr<std::byte[]>> copies;
  std::vector<bpf::Frame> frames(1 + input.below(bpf::Program::kMaxFrames));
  for (bpf::Frame& frame : frames) {
    frame.size = input.byte();
    frame.length = frame.size;
    copies.push_back(std::make_unique<std::byte[]>(frame.size));
    for (uint32_t i = 0; i < frame.size; ++i) copies.back()[i] = std::byte{input.byte()};
    frame.data = copies.back().get();
  }
  const bpf::Program program(list);
  const uint32_t together = program.match(frames);
  for (size_t i = 0; i < frames.size(); ++i)
    fuzz::require((together >> i & 1) == program.match({&frames[i], 1}),
                  "a frame matches whatever stands beside it");
  return 0;
}
