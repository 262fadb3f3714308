#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "net/segmenter.h"
#include "port/queue.h"
#include "ports/packet/rx_ring.h"
#include "ports/packet/vnet_header.h"
#include "util/unique_fd.h"

namespace pmd::packet {

/// Copies frames out of the kernel's ring into buffers of the pool. What the kernel has left to do on a frame
/// is done on the way: checksums are filled in, and frames that its stack did not cut yet are cut into
/// segments.
class PacketRxQueue final : public RxQueue {
 public:
  /// `fd`: the socket, which is not bound yet and outlives the queue. `slots` is how many frames the ring
  /// holds, `frame` how many bytes one may have there.
  PacketRxQueue(int fd, PacketPool& pool, uint32_t slots, uint32_t max_frame);
  ~PacketRxQueue() override;

  int32_t receive(Burst& burst, uint32_t max) noexcept override;
  int wait_fd() const noexcept override { return wait_.get(); }
  bool arm() noexcept override;
  void take_event() noexcept override;
  /// Lets the ring go, which would keep the socket open. By the control thread, with the gate held for good.
  void release() noexcept { ring_.release(); }
  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  uint32_t max_frame() const noexcept { return max_frame_.load(std::memory_order_relaxed); }
  enum class Taken : uint8_t { kFrame, kDropped, kSegments };

  Taken take(Burst& burst, uint32_t entry) noexcept;
  void copy(Burst& burst, uint32_t entry, const tpacket2_hdr& slot, std::span<const std::byte> frame,
            const VnetHeader& header) noexcept;
  Taken take_large(const VnetHeader& header, std::span<const std::byte> frame,
                   const tpacket2_hdr& slot) noexcept;
  std::span<const std::byte> read_copy(VnetHeader& header) noexcept;
  void take_segment(Burst& burst, uint32_t entry) noexcept;
  std::byte* hand_on(Burst& burst, uint32_t entry, uint32_t length, uint32_t status) noexcept;

  PacketPool& pool_;
  const int fd_;
  std::atomic<uint32_t> max_frame_;
  RxRing ring_;
  UniqueFd wait_;  ///< an epoll instance: readable once after the socket is, until it is armed again
  std::vector<std::byte> large_;  ///< a frame that is being cut
  Segmenter segmenter_;
  uint32_t segment_flags_ = 0;  ///< what the status of each segment says
};

}  // namespace pmd::packet
