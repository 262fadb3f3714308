#pragma once

#include "ring/ring_end.h"

namespace pmd {

/// The end of a ring that frames are received from.
class RingRx final : public RingEnd<RxQueue> {
 public:
  RingRx(std::shared_ptr<RingSlots> slots, const PacketPool& pool, RingUsers users);

  int32_t receive(Burst& burst, uint32_t max) noexcept override;
  bool arm() noexcept override;
  uint32_t count_ready() noexcept override {
    return slots_->tail.load(std::memory_order_acquire) - slots_->head.load(std::memory_order_relaxed);
  }
  void take_event(int) noexcept override {}

 protected:
  /// The producers wake the waiters themselves.
  int wait_fd() const noexcept override { return -1; }

 private:
  uint32_t ready(uint32_t head, uint32_t wanted) noexcept;
  uint32_t whole_frames(uint32_t head, uint32_t n) const noexcept;
  bool drop_too_long(PoolCache& cache, uint32_t head, uint32_t most) noexcept;
  void copy(Burst& burst, uint32_t first, uint32_t head, uint32_t n) noexcept;

  uint32_t known_tail_ = 0;  ///< how far the producers were when there was too little last
};

}  // namespace pmd
