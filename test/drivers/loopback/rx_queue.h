#pragma once

#include <span>
#include <vector>

#include "loopback/cable.h"
#include "port/queue.h"

namespace pmd::loopback {

/// A ring of buffers that frames are copied into. One slot stays empty, as on a NIC.
class LoopRxQueue final : public RxQueue {
 public:
  /// `wait`: an eventfd that outlives the queue.
  LoopRxQueue(Cable& cable, PacketPool& pool, uint32_t size, int wait);
  ~LoopRxQueue() override;

  int32_t receive(Burst& burst, uint32_t max) noexcept override;
  int wait_fd() const noexcept override { return wait_; }
  bool arm() noexcept override;
  uint32_t count_ready() noexcept override;
  void take_event(int fd) noexcept override;

  // By the control thread, with the gate held.

  /// Fills every slot with a fresh buffer, whatever the ring held. Throws Error(kPoolTooSmall).
  void fill();
  /// Gives every buffer back.
  void empty() noexcept;

  /// The cable's lock is held. False when the ring is full.
  bool push(std::span<const std::byte> frame) noexcept;

 private:
  struct Slot {
    uint32_t buffer = 0;
    uint16_t length = 0;
  };

  Cable& cable_;
  PacketPool& pool_;
  const uint32_t size_;
  const int wait_;
  RingHolding holding_{RingHolding::Kind::kRx};
  // Guarded by the cable's lock.
  std::vector<Slot> slots_;
  uint32_t first_ = 0;  ///< the oldest frame
  uint32_t ready_ = 0;  ///< frames in the ring
  bool armed_ = false;
};

}  // namespace pmd::loopback
