#pragma once

#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>

namespace pmd::packet {

/// Memory that a packet socket's kernel side fills, in blocks.
class RingMemory {
 public:
  /// Sets the socket up for frames that come from outside, each with a header of VIRTIO, and maps its ring.
  /// Throws Error(kNoMemory).
  template <typename Request>
  RingMemory(int fd, int version, const Request& request)
      : RingMemory(fd, version, &request, sizeof(request), request.tp_block_size, request.tp_block_nr) {}
  ~RingMemory() { release(); }
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  void release() noexcept;
  std::byte* block(uint32_t index) const noexcept { return memory_ + size_t{index} * block_size_; }
  uint32_t blocks() const noexcept { return blocks_; }

 private:
  RingMemory(int fd, int version, const void* request, size_t size, uint32_t block_size, uint32_t blocks);

  uint32_t block_size_;
  uint32_t blocks_;
  std::byte* memory_ = nullptr;
};

}  // namespace pmd::packet
