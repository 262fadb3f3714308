#pragma once

#include <sys/socket.h>

#include <vector>

#include "port/copying_tx_queue.h"

namespace pmd::packet {

/// Sends frames with one system call for many.
class PacketTxQueue final : public CopyingTxQueue {
 public:
  /// `fd`: the socket. `offload_fd`: one that takes a header of VIRTIO before each frame. `max_frame`: bytes
  /// without FCS.
  PacketTxQueue(int fd, int offload_fd, PacketPool& pool, uint32_t max_frame);

 private:
  size_t transmit(const Burst& burst, Frames frames, Refusal& why) noexcept override;

  int send_large(const TxGatherer::Frame& frame) noexcept;

  const int fd_;
  const int offload_fd_;
  std::vector<iovec> parts_;       ///< of a frame that the kernel cuts, behind its header
  std::vector<mmsghdr> messages_;  ///< of one send
};

}  // namespace pmd::packet
