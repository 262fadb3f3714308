#pragma once

#include <functional>
#include <span>
#include <vector>

#include "port/queue.h"
#include "port/tx_gatherer.h"

namespace pmd::loopback {

/// Sends at once: a frame has left when send() returns. Its buffers stay in the ring until they are
/// reclaimed, as on a NIC.
class LoopTxQueue final : public TxQueue {
 public:
  using Frame = std::span<const std::byte>;
  /// Takes the frames of one send, in order.
  using Transmit = std::function<void(std::span<const Frame> frames)>;

  /// `longest`: of all frames that set_max_frame() will allow.
  LoopTxQueue(Transmit transmit, PacketPool& pool, uint32_t size, uint32_t max_frame, uint32_t longest);
  ~LoopTxQueue() override;

  int32_t send(Burst& burst) noexcept override;
  uint32_t reclaim() noexcept override;
  uint32_t pending() const noexcept override { return holding_.get(); }
  uint32_t unsent() const noexcept override { return 0; }

  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { gatherer_.set_max_frame(bytes); }
  /// Gives every buffer back. By the control thread, with the gate held.
  void empty() noexcept;

 private:
  void copy(const TxGatherer::Frame& frame) noexcept;
  uint32_t reclaim_into(PoolCache& cache) noexcept;

  const Transmit transmit_;
  PacketPool& pool_;
  const uint32_t longest_;
  RingHolding holding_{RingHolding::Kind::kTx};
  TxGatherer gatherer_;  ///< of the last send, until its buffers are reclaimed
  // Of one send: the frames, and room for one in each slot.
  std::vector<Frame> frames_;
  std::vector<std::byte> bytes_;
};

}  // namespace pmd::loopback
