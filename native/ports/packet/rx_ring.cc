#include "ports/packet/rx_ring.h"

#include "ports/packet/block_ring.h"
#include "ports/packet/slot_ring.h"

namespace pmd::packet {

std::unique_ptr<RxRing> make_rx_ring(int fd, uint32_t slots, uint32_t frame, bool blocks) {
  if (blocks) return std::make_unique<BlockRing>(fd, slots, frame);
  return std::make_unique<SlotRing>(fd, slots, frame);
}

}  // namespace pmd::packet
