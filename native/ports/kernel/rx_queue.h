#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/segmenter.h"
#include "port/queue.h"
#include "ports/kernel/vnet_header.h"
#include "util/unique_fd.h"

namespace pmd::kernel {

/// Receives frames that the kernel hands over through a descriptor. What the sender's stack has left to its
/// NIC is done on the way: checksums are filled in, and frames that it did not cut are cut into segments.
class KernelRxQueue : public RxQueue {
 public:
  int32_t receive(Burst& burst, uint32_t max) noexcept final;
  int wait_fd() const noexcept final { return wait_.get(); }
  bool arm() noexcept final;
  uint32_t count_ready() noexcept final;
  void take_event(int fd) noexcept final;
  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 protected:
  enum class Taken : uint8_t { kNothing, kFrame, kDropped, kSegments };

  /// `fd` is readable when the kernel has frames, and outlives the queue. `max_frame`: bytes without FCS.
  KernelRxQueue(int fd, PacketPool& pool, uint32_t max_frame);

  /// Whether the kernel has a frame.
  virtual bool has_frame() noexcept = 0;
  /// Takes the kernel's next frame, into this entry of the burst if it is one that needs no cutting.
  virtual Taken take(Burst& burst, uint32_t entry) noexcept = 0;

  /// Whether a frame may be handed on, or else counts why not. `tag`: bytes that were taken out of it.
  bool fits(size_t length, uint32_t tag) noexcept;
  /// Copies a frame into a fresh buffer of the thread's, which the entry gets, behind `room` free bytes that
  /// count as the frame's; fills in its checksum. Returns where the copy begins.
  std::byte* copy(Burst& burst, uint32_t entry, std::span<const std::byte> frame, const VnetHeader& header,
                  uint32_t status, uint32_t room = 0) noexcept;
  /// Reads a frame into large(). Returns its length; 0: there was none.
  size_t read_large(VnetHeader& header) noexcept;
  /// Begins to cut the frame that lies in large(), if its segments are no longer than the MTU allows; they
  /// all get this status.
  Taken cut(size_t length, const VnetHeader& header, uint32_t status, uint32_t tag) noexcept;
  /// Room for what a stack passes on in one piece.
  std::span<std::byte> large() noexcept { return large_; }

  const int fd_;
  PacketPool& pool_;

 private:
  std::byte* hand_on(Burst& burst, uint32_t entry, uint32_t length, uint32_t status) noexcept;

  std::atomic<uint32_t> max_frame_;
  UniqueFd wait_;  ///< an epoll instance: readable once after fd_ is, until it is armed again
  std::vector<std::byte> large_;
  Segmenter segmenter_;
  uint32_t segment_status_ = 0;
};

}  // namespace pmd::kernel
