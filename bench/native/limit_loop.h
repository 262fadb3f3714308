#pragma once

#include "core_loops.h"
#include "raw_device.h"

namespace pmd::bench {

/// The least that forwarding can do: look at DD, touch a byte of the frame, write both descriptors, ring both
/// doorbells, as often as the driver does. The frame's buffer goes to the TX ring, and what the TX ring has
/// sent takes its place. No pool, no owners, no burst, no counters; nothing is checked.
class LimitLoop final : public Loop {
 public:
  LimitLoop(RawDevice& device, const Shape& shape);
  [[gnu::noinline]] void measured() override;

 private:
  RawDevice& device_;
  const Shape shape_;
  std::vector<uint64_t> rx_addresses_, tx_addresses_;
  uint32_t rx_next_ = 0, tx_next_ = 0;
  uint32_t rx_tail_;
};

}  // namespace pmd::bench
