#pragma once

#include "ports/packet/ring_memory.h"
#include "ports/packet/rx_ring.h"

namespace pmd::packet {

/// A slot for each frame, which is there as soon as the frame is: TPACKET_V2. What does not fit is queued
/// whole as well.
class SlotRing final : public RxRing {
 public:
  SlotRing(int fd, uint32_t slots, uint32_t frame);

  bool is_filled() noexcept override {
    return __atomic_load_n(&slot().tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
  }
  ReceivedFrame next() const noexcept override;
  void advance() noexcept override;
  void release() noexcept override { memory_.release(); }

 private:
  SlotRing(int fd, uint32_t slots, uint32_t slot_size, uint32_t slots_per_block);
  tpacket2_hdr& slot() const noexcept {
    return *reinterpret_cast<tpacket2_hdr*>(memory_.block(block_) + size_t{in_block_} * slot_size_);
  }

  const uint32_t slot_size_;
  const uint32_t slots_per_block_;
  RingMemory memory_;
  uint32_t block_ = 0;
  uint32_t in_block_ = 0;
};

}  // namespace pmd::packet
