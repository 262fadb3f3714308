#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmd {

/// Where the headers of a frame are, and what they are of: field by field what Layers of vfio-pmd/net finds
/// (src/net/layers.ts), which a test compares. Positions are counted from the frame's first byte; 0: none.
struct Layers {
  /// Why the headers could not all be read.
  enum class Fault : uint8_t {
    kNone,
    kEthernet,   ///< the frame ends before its EtherType
    kIp,         ///< the IP header is not whole, of another version, or contradicts itself
    kExtension,  ///< an extension header of IPv6 is not whole
    kTransport,  ///< the transport's header is not whole, or contradicts itself
    kTruncated,  ///< all headers are whole; the frame ends before what IP says
    kContinued,  ///< of an entry of a burst: it continues the frame of the one before. read_layers() never
                 ///< says so
  };
  enum class Fragment : uint8_t { kNone, kFirst, kLater };

  uint16_t ether_type = 0;
  int32_t outer_tag = -1;
  int32_t inner_tag = -1;
  uint32_t l3_at = 0;
  uint8_t version = 0;  ///< of IP: 4, 6, or 0
  int16_t protocol = -1;
  Fragment fragment = Fragment::kNone;
  uint32_t l4_at = 0;
  uint32_t payload_at = 0;
  uint32_t end = 0;
  Fault fault = Fault::kNone;

  /// Whether a whole header of TCP, UDP or SCTP is there, which begins with both ports.
  bool has_ports() const noexcept;
};

/// Reads each byte that it needs, and none behind the frame's end.
Layers read_layers(std::span<const std::byte> frame) noexcept;

}  // namespace pmd
