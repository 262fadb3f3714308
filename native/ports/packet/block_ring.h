#pragma once

#include "ports/packet/ring_memory.h"
#include "ports/packet/rx_ring.h"

namespace pmd::packet {

/// Frames packed into blocks that the kernel hands over when one is full or a millisecond is up: TPACKET_V3.
/// A block holds what a stack passes on in one piece.
class BlockRing final : public RxRing {
 public:
  BlockRing(int fd, uint32_t slots, uint32_t frame);

  bool is_filled() noexcept override;
  ReceivedFrame next() const noexcept override;
  void advance() noexcept override;
  void release() noexcept override { memory_.release(); }

 private:
  tpacket_hdr_v1& header() const noexcept {
    return reinterpret_cast<tpacket_block_desc*>(memory_.block(block_))->hdr.bh1;
  }
  void give_back() noexcept;

  RingMemory memory_;
  uint32_t block_ = 0;
  uint32_t left_ = 0;  ///< frames of the block
  uint32_t at_ = 0;    ///< where the next of them begins in it
};

}  // namespace pmd::packet
