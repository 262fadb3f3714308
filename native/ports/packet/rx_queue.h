#pragma once

#include <cstdint>

#include "ports/kernel/rx_queue.h"
#include "ports/packet/rx_ring.h"

namespace pmd::packet {

/// Receives out of the ring that the kernel fills.
class PacketRxQueue final : public kernel::KernelRxQueue {
 public:
  /// `fd`: the socket, which is not bound yet and outlives the queue. `slots` is how many frames the ring
  /// holds, `max_frame` how many bytes one may have there.
  PacketRxQueue(int fd, PacketPool& pool, uint32_t slots, uint32_t max_frame);

  /// Lets the ring go, which would keep the socket open. By the control thread, with the gate held for good.
  void release() noexcept { ring_.release(); }

 private:
  bool has_frame() noexcept override { return ring_.is_filled(); }
  Taken take(Burst& burst, uint32_t entry) noexcept override;
  Taken take_slot(Burst& burst, uint32_t entry, const tpacket2_hdr& slot) noexcept;

  RxRing ring_;
};

}  // namespace pmd::packet
