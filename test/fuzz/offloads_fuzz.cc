// Frames of any bytes, and what they request: the driver and the emulated device make of them what the
// library's software makes, or both refuse, and nothing is touched outside the frame.

#include <algorithm>
#include <cstring>
#include <vector>

#include "../support/offload_agreement.h"
#include "input.h"

using namespace pmd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kControl = 8;
  const size_t control = std::min(size, kControl);
  fuzz::Input input(data, control);
  const uint32_t work = input.byte() & tx_request::kAll;
  const uint32_t tci = input.half();
  const uint32_t segment = input.flag() ? 1 + input.below(1500) : 0;
  test::Bytes frame(std::clamp<size_t>(size - control, kMinFrame, 4000));
  std::memcpy(frame.data(), data + control, std::min(frame.size(), size - control));
  const test::OffloadAgreement agreement(frame,
                                         test::request_of(work | tci << tx_request::kTciShift, segment));
  fuzz::require(agreement.difference().empty(), agreement.difference().c_str());
  return 0;
}
