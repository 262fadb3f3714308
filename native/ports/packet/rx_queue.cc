#include "ports/packet/rx_queue.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <cstring>
#include <utility>

#include "net/frame.h"

namespace pmd::packet {

namespace {

using kernel::VnetHeader;

/// The type of the tag that the kernel took out of a frame; 0: it took none.
uint16_t stripped_tag(const ReceivedFrame& frame) noexcept {
  if (!(frame.status & TP_STATUS_VLAN_VALID)) return 0;
  return frame.status & TP_STATUS_VLAN_TPID_VALID ? frame.tpid : uint16_t{ETH_P_8021Q};
}

/// What a burst's status says of it.
uint32_t tag_flags(uint16_t tag, uint16_t tci) noexcept {
  return tag == ETH_P_8021Q ? rx_flag::kVlan | uint32_t{tci} << rx_flag::kTciShift : 0;
}

}  // namespace

PacketRxQueue::PacketRxQueue(int fd, PacketPool& pool, uint32_t max_frame, std::unique_ptr<RxRing> ring)
    : KernelRxQueue(fd, pool, max_frame), ring_(std::move(ring)) {}

/// Takes the ring's next frame, and gives its place back.
PacketRxQueue::Taken PacketRxQueue::take(Burst& burst, uint32_t entry) noexcept {
  if (!ring_->is_filled()) return Taken::kNothing;
  const Taken taken = take_frame(burst, entry, ring_->next());
  ring_->advance();
  return taken;
}

/// A tag that no NIC strips, as that of a service, goes back to where it was; frames that are cut can't get
/// it.
PacketRxQueue::Taken PacketRxQueue::take_frame(Burst& burst, uint32_t entry,
                                               const ReceivedFrame& received) noexcept {
  const auto& [bytes, whole_length, status, tci, tpid] = received;
  const uint16_t tag = stripped_tag(received);
  const uint32_t flags = tag_flags(tag, tci);
  const bool goes_back = tag != 0 && flags == 0;
  const uint32_t tag_bytes = tag != 0 ? kVlanTag : 0;
  VnetHeader header;
  std::memcpy(&header, bytes.data() - sizeof(header), sizeof(header));
  // The frame did not fit: the socket's queue may have all of it.
  const bool is_cut_off = bytes.size() < whole_length;
  size_t length = whole_length;
  if (!is_cut_off && header.gso_type == VnetHeader::kWhole) {
    if (!fits(length, tag_bytes)) return Taken::kDropped;
    std::byte* const frame = copy(burst, entry, bytes, header, flags, goes_back ? kVlanTag : 0);
    if (goes_back) insert_vlan_tag(frame, tag, tci);
    return Taken::kFrame;
  }
  if (is_cut_off)
    length = status & TP_STATUS_COPY ? read_large(header) : 0;
  else
    std::memcpy(large().data(), bytes.data(), length);
  return cut(goes_back ? 0 : length, header, flags, tag_bytes);
}

}  // namespace pmd::packet
