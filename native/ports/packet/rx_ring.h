#pragma once

#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>

namespace pmd::packet {

/// The ring of a packet socket that the kernel fills, mapped: TPACKET_V2, because V3 holds a lone frame back
/// until its block is full or its time is up.
class RxRing {
 public:
  /// Sets the socket up and maps its ring. Throws Error(kNoMemory).
  RxRing(int fd, uint32_t slots, uint32_t frame);
  ~RxRing() { release(); }
  RxRing(const RxRing&) = delete;
  RxRing& operator=(const RxRing&) = delete;

  void release() noexcept;
  /// The slot that the kernel fills next.
  tpacket2_hdr& next() const noexcept {
    return *reinterpret_cast<tpacket2_hdr*>(memory_ + size_t{block_} * block_size_ +
                                            size_t{in_block_} * slot_size_);
  }
  /// Whether the kernel has filled it.
  bool is_filled() const noexcept {
    return __atomic_load_n(&next().tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
  }
  /// Gives it back to the kernel.
  void advance() noexcept {
    __atomic_store_n(&next().tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    if (++in_block_ < slots_per_block_) return;
    in_block_ = 0;
    block_ = block_ + 1 == blocks_ ? 0 : block_ + 1;
  }

 private:
  uint32_t slot_size_;
  uint32_t slots_per_block_;
  uint32_t block_size_;
  uint32_t blocks_;
  std::byte* memory_ = nullptr;
  uint32_t block_ = 0;
  uint32_t in_block_ = 0;
};

}  // namespace pmd::packet
