#pragma once

#include <cstdint>
#include <string>

#include "port/rx_flag.h"

namespace pmd {

/// From `least` to `most`, both included.
struct Range {
  uint32_t least;
  uint32_t most;
  constexpr bool contains(uint64_t value) const noexcept { return value >= least && value <= most; }
};

/// Requests of frames to be sent, as the bits of Capabilities::tx_native.
namespace tx_offload {
inline constexpr uint32_t kVlan = 1u << 0;
inline constexpr uint32_t kIpChecksum = 1u << 1;
inline constexpr uint32_t kTcpChecksum = 1u << 2;
inline constexpr uint32_t kUdpChecksum = 1u << 3;
inline constexpr uint32_t kSctpChecksum = 1u << 4;
inline constexpr uint32_t kTcpSegmentation = 1u << 5;
inline constexpr uint32_t kUdpSegmentation = 1u << 6;
inline constexpr uint32_t kAll = (1u << 7) - 1;
}  // namespace tx_offload

/// What a driver and its device can do. Every limit that a user meets stands here and nowhere else.
struct Capabilities {
  std::string driver;
  uint32_t rx_queues = 1;  ///< at most
  uint32_t tx_queues = 1;
  Range rx_ring;  ///< descriptors of a ring: powers of two
  Range tx_ring;
  Range mtu;                   ///< payload of a frame, in bytes
  bool chains = false;         ///< whether a received frame can take several buffers
  uint32_t rx_flags = 0;       ///< which rx_flag bits the device can set
  bool rss = false;            ///< whether frames of one flow arrive at one of several RX queues
  bool set_mac = false;        ///< whether the MAC address can be changed
  bool vlan_filter = false;    ///< whether it receives tagged frames of chosen VLANs only
  uint32_t multicast = 0;      ///< how many multicast addresses it filters by
  bool all_multicast = false;  ///< whether it can receive every multicast frame
  uint32_t tx_native = 0;      ///< which tx_offload bits the device does; the library does the others
  bool ends = false;           ///< whether a last frame comes: RxQueue::ended()
  bool own_times = false;      ///< whether a frame's timestamp is from where it was first received
};

/// Those of the device if it left checksums, tags to insert and segments to the library.
inline Capabilities without_offloads(Capabilities capabilities) noexcept {
  capabilities.tx_native = 0;
  capabilities.rx_flags &= ~rx_flag::kChecks;
  return capabilities;
}

}  // namespace pmd
