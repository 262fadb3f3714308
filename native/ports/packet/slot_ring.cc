#include "ports/packet/slot_ring.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "ports/kernel/vnet_header.h"

namespace pmd::packet {

namespace {

/// A block is one piece of memory that the kernel finds; smaller ones are found on any host.
constexpr uint32_t kBlock = 64 * 1024;
/// What stands before a frame in its slot: the kernel's header, its address, and the header of VIRTIO.
constexpr uint32_t kBefore = TPACKET2_HDRLEN + 16 + sizeof(kernel::VnetHeader) + TPACKET_ALIGNMENT;

uint32_t slot_size(uint32_t frame) {
  return std::bit_ceil(frame + kBefore);
}

tpacket_req request(uint32_t slots, uint32_t slot_size, uint32_t slots_per_block) {
  const uint32_t blocks = slots / slots_per_block;
  return {.tp_block_size = slot_size * slots_per_block,
          .tp_block_nr = blocks,
          .tp_frame_size = slot_size,
          .tp_frame_nr = blocks * slots_per_block};
}

}  // namespace

SlotRing::SlotRing(int fd, uint32_t slots, uint32_t frame)
    : SlotRing(fd, slots, slot_size(frame), std::min(slots, std::max(kBlock / slot_size(frame), 1u))) {
  constexpr int kOn = 1;
  setsockopt(fd, SOL_PACKET, PACKET_COPY_THRESH, &kOn, sizeof(kOn));
}

SlotRing::SlotRing(int fd, uint32_t slots, uint32_t slot_size, uint32_t slots_per_block)
    : slot_size_(slot_size),
      slots_per_block_(slots_per_block),
      memory_(fd, TPACKET_V2, request(slots, slot_size, slots_per_block)) {}

ReceivedFrame SlotRing::next() const noexcept {
  const tpacket2_hdr& from = slot();
  const auto* const bytes = reinterpret_cast<const std::byte*>(&from) + from.tp_mac;
  return {.bytes = {bytes, from.tp_snaplen},
          .length = from.tp_len,
          .status = from.tp_status,
          .tci = from.tp_vlan_tci,
          .tpid = from.tp_vlan_tpid};
}

void SlotRing::advance() noexcept {
  __atomic_store_n(&slot().tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  if (++in_block_ < slots_per_block_) return;
  in_block_ = 0;
  block_ = block_ + 1 == memory_.blocks() ? 0 : block_ + 1;
}

}  // namespace pmd::packet
