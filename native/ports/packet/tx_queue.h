#pragma once

#include <sys/socket.h>

#include <vector>

#include "port/copying_tx_queue.h"

namespace pmd::packet {

/// Sends frames with one system call for many.
class PacketTxQueue final : public CopyingTxQueue {
 public:
  /// `fd`: the socket. `max_frame`: bytes without FCS.
  PacketTxQueue(int fd, PacketPool& pool, uint32_t max_frame);

 private:
  size_t transmit(const Burst& burst, Frames frames, Refusal& why) noexcept override;

  const int fd_;
  std::vector<mmsghdr> messages_;  ///< of one send
};

}  // namespace pmd::packet
