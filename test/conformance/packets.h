#pragma once

#include "station.h"

namespace pmd::conformance {

enum class Protocol : uint8_t { kIcmp = 1, kTcp = 6, kUdp = 17, kSctp = 132 };

/// An IP packet in a frame, right unless it says otherwise.
struct PacketOptions {
  bool ipv6 = false;
  Protocol protocol = Protocol::kUdp;
  bool good_network = true;    ///< the checksum of the IPv4 header
  bool good_transport = true;  ///< the checksum of TCP, UDP or SCTP
  bool unchecked = false;      ///< UDP without a checksum
  bool extended = false;       ///< IPv4 options or an IPv6 extension header
  uint16_t fragment = 0;       ///< flags and offset as IPv4 has them; IPv6: a fragment header
  std::optional<uint16_t> tci{};
  uint32_t payload = 40;
};
Bytes make_packet(const MacAddress& to, const MacAddress& from, const PacketOptions& options = {});

/// Sends a frame and returns what `to` receives of it. Whatever else arrives in between is somebody else's.
/// `arriving`: what the frame is after its tag was taken out.
Received send_packet(Station& from, Station& to, const Bytes& frame, const Bytes& arriving,
                     std::source_location where = std::source_location::current());
inline Received send_packet(Station& from, Station& to, const Bytes& frame,
                            std::source_location where = std::source_location::current()) {
  return send_packet(from, to, frame, frame, where);
}

}  // namespace pmd::conformance
