#pragma once

#include "ports/kernel/rx_queue.h"

namespace pmd::tap {

/// Receives what the kernel sends: one system call for each frame, or for each that is still to be cut.
class TapRxQueue final : public kernel::KernelRxQueue {
 public:
  /// `fd`: of the interface. `max_frame`: bytes without FCS.
  TapRxQueue(int fd, PacketPool& pool, uint32_t max_frame) : KernelRxQueue(fd, pool, max_frame) {}

 private:
  bool has_frame() noexcept override;
  Taken take(Burst& burst, uint32_t entry) noexcept override;
};

}  // namespace pmd::tap
