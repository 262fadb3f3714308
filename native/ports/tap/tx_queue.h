#pragma once

#include <array>
#include <climits>

#include "port/copying_tx_queue.h"
#include "ports/kernel/vnet_header.h"

namespace pmd::tap {

/// Gives frames to the kernel: one system call for each.
class TapTxQueue final : public CopyingTxQueue {
 public:
  /// `fd`: of the interface. `max_frame`: bytes without FCS.
  TapTxQueue(int fd, PacketPool& pool, uint32_t max_frame);

 private:
  size_t transmit(const Burst& burst, Frames frames, Refusal& why) noexcept override;
  bool write(std::span<const iovec> frame) noexcept;

  const int fd_;
  kernel::VnetHeader header_{};       ///< of the frame that is being sent
  std::array<iovec, IOV_MAX> parts_;  ///< of one frame; the header is the first
};

}  // namespace pmd::tap
