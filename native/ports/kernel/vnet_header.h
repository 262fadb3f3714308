#pragma once

#include <cstdint>

namespace pmd::kernel {

/// What the kernel has left to do on a frame: struct virtio_net_hdr, whose own header is none of C++. This
/// machine's byte order (PACKET_VNET_HDR, IFF_VNET_HDR).
struct VnetHeader {
  static constexpr uint8_t kNeedsChecksum = 1;  ///< of `flags`
  static constexpr uint8_t kWhole = 0;          ///< `gso_type` of a frame that is not to be cut

  uint8_t flags;
  uint8_t gso_type;
  uint16_t header_length;
  uint16_t gso_size;         ///< bytes of payload in each segment
  uint16_t checksum_start;   ///< what is summed goes from here to the end
  uint16_t checksum_offset;  ///< where the sum belongs, from there
};
static_assert(sizeof(VnetHeader) == 10);

}  // namespace pmd::kernel
