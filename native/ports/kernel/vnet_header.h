#pragma once

#include <cstdint>

namespace pmd::kernel {

/// What the kernel has left to do on a frame: struct virtio_net_hdr, whose own header is none of C++. This
/// machine's byte order (PACKET_VNET_HDR, IFF_VNET_HDR).
struct VnetHeader {
  static constexpr uint8_t kNeedsChecksum = 1;  ///< of `flags`
  // `gso_type`
  static constexpr uint8_t kWhole = 0;  ///< not to be cut
  static constexpr uint8_t kTcp4 = 1;
  static constexpr uint8_t kTcp6 = 4;
  static constexpr uint8_t kUdp = 5;  ///< since Linux 6.2

  uint8_t flags;
  uint8_t gso_type;
  uint16_t header_length;
  uint16_t gso_size;         ///< bytes of payload in each segment
  uint16_t checksum_start;   ///< what is summed goes from here to the end
  uint16_t checksum_offset;  ///< where the sum belongs, from there
};
static_assert(sizeof(VnetHeader) == 10);

}  // namespace pmd::kernel
