#include "ports/packet/rx_queue.h"

#include <linux/if_ether.h>

#include <cstring>

#include "net/frame.h"

namespace pmd::packet {

namespace {

using kernel::VnetHeader;

/// The type of the tag that the kernel took out of a frame; 0: it took none.
uint16_t stripped_tag(const tpacket2_hdr& slot, uint32_t status) noexcept {
  if (!(status & TP_STATUS_VLAN_VALID)) return 0;
  return status & TP_STATUS_VLAN_TPID_VALID ? slot.tp_vlan_tpid : uint16_t{ETH_P_8021Q};
}

/// What a burst's status says of it.
uint32_t tag_flags(uint16_t tag, const tpacket2_hdr& slot) noexcept {
  return tag == ETH_P_8021Q ? rx_flag::kVlan | uint32_t{slot.tp_vlan_tci} << rx_flag::kTciShift : 0;
}

}  // namespace

PacketRxQueue::PacketRxQueue(int fd, PacketPool& pool, uint32_t slots, uint32_t max_frame)
    : KernelRxQueue(fd, pool, max_frame), ring_(fd, slots, max_frame) {}

/// Takes the frame in the ring's next slot, and gives the slot back.
PacketRxQueue::Taken PacketRxQueue::take(Burst& burst, uint32_t entry) noexcept {
  if (!ring_.is_filled()) return Taken::kNothing;
  const Taken taken = take_slot(burst, entry, ring_.next());
  ring_.advance();
  return taken;
}

/// A tag that no NIC strips, as that of a service, goes back to where it was; frames that are cut can't get
/// it.
PacketRxQueue::Taken PacketRxQueue::take_slot(Burst& burst, uint32_t entry,
                                              const tpacket2_hdr& slot) noexcept {
  const uint32_t status = slot.tp_status;
  size_t length = slot.tp_len;
  const auto* const bytes = reinterpret_cast<const std::byte*>(&slot) + slot.tp_mac;
  const uint16_t tag = stripped_tag(slot, status);
  const uint32_t flags = tag_flags(tag, slot);
  const bool goes_back = tag != 0 && flags == 0;
  const uint32_t tag_bytes = tag != 0 ? kVlanTag : 0;
  VnetHeader header;
  std::memcpy(&header, bytes - sizeof(header), sizeof(header));
  // The frame did not fit: the socket's queue has all of it.
  const bool is_cut_off = slot.tp_snaplen < length;
  if (!is_cut_off && header.gso_type == VnetHeader::kWhole) {
    if (!fits(length, tag_bytes)) return Taken::kDropped;
    std::byte* const frame = copy(burst, entry, {bytes, length}, header, flags, goes_back ? kVlanTag : 0);
    if (goes_back) insert_vlan_tag(frame, tag, slot.tp_vlan_tci);
    return Taken::kFrame;
  }
  if (is_cut_off)
    length = status & TP_STATUS_COPY ? read_large(header) : 0;
  else
    std::memcpy(large().data(), bytes, length);
  return cut(goes_back ? 0 : length, header, flags, tag_bytes);
}

}  // namespace pmd::packet
