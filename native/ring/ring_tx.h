#pragma once

#include "ring/ring_end.h"

namespace pmd {

/// The end of a ring that frames are sent to. A request of a frame does not pass a ring, and is refused.
class RingTx final : public RingEnd<TxQueue> {
 public:
  using RingEnd::RingEnd;

  int32_t send(Burst& burst) noexcept override;
  uint32_t reclaim() noexcept override { return 0; }
  bool has_room() noexcept override { return slots_->filled() < slots_->capacity(); }
  uint32_t pending() const noexcept override { return slots_->filled(); }
  uint32_t unsent() const noexcept override { return slots_->filled(); }
  /// Needs no gate: of several producers one is always inside.
  int32_t count_unsent() noexcept override {
    return refusal() < 0 ? refusal() : static_cast<int32_t>(slots_->filled());
  }

 private:
  uint32_t room(uint32_t tail, uint32_t wanted) noexcept;
  int32_t refuse_entry(Refusal why, uint32_t entry) noexcept;
  uint32_t fill_slots(const Burst& burst, uint32_t tail, uint32_t n, bool chains) noexcept;
  void give_back(uint32_t tail, uint32_t n, uint8_t self, uint8_t* owners) noexcept;

  uint32_t known_head_ = 0;  ///< how far the consumers were when there was no room last
};

}  // namespace pmd
