#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <vector>

#include "port/queue.h"

namespace pmd::packet {

/// Sends frames with one system call for many. The kernel has a copy of its own when that returns, so nothing
/// is ever under way, and the buffers are free again.
class PacketTxQueue final : public TxQueue {
 public:
  /// `fd`: the socket. `max_frame`: bytes without FCS.
  PacketTxQueue(int fd, PacketPool& pool, uint32_t max_frame);

  int32_t send(Burst& burst) noexcept override;
  uint32_t reclaim() noexcept override { return 0; }
  uint32_t pending() const noexcept override { return 0; }
  uint32_t unsent() const noexcept override { return 0; }

  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  Refusal take(const Burst& burst, uint32_t first, uint32_t entries) noexcept;
  uint32_t transmit(Refusal& why) noexcept;
  void settle(PoolCache& cache, uint32_t sent_entries) noexcept;

  const int fd_;
  PacketPool& pool_;
  std::atomic<uint32_t> max_frame_;
  // Of one send: a message for each frame, and a part and a buffer for each entry.
  std::vector<mmsghdr> messages_;
  std::vector<iovec> parts_;
  std::vector<uint32_t> buffers_;
};

}  // namespace pmd::packet
