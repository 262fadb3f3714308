#pragma once

#include <cstdint>
#include <memory>

#include "ports/kernel/rx_queue.h"
#include "ports/packet/rx_ring.h"

namespace pmd::packet {

/// Receives out of the ring that the kernel fills.
class PacketRxQueue final : public kernel::KernelRxQueue {
 public:
  /// `fd`: the ring's socket, which outlives the queue.
  PacketRxQueue(int fd, PacketPool& pool, uint32_t max_frame, std::unique_ptr<RxRing> ring);

  /// Lets the ring go, which would keep the socket open. By the control thread, with the gate held for good.
  void release() noexcept { ring_->release(); }

 private:
  bool has_frame() noexcept override { return ring_->is_filled(); }
  Taken take(Burst& burst, uint32_t entry) noexcept override;
  Taken take_frame(Burst& burst, uint32_t entry, const ReceivedFrame& received) noexcept;

  const std::unique_ptr<RxRing> ring_;
};

}  // namespace pmd::packet
