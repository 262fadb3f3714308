#include "net/headers.h"

#include "net/frame.h"

namespace pmd {

namespace {

constexpr uint32_t kIpv4Header = 20;
constexpr uint32_t kIpv6Header = 40;
constexpr uint32_t kTcpHeader = 20;
constexpr uint32_t kUdpHeader = 8;

// IP's numbers of protocols.
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kSctp = 132;

// IPv6 extension headers, by the number that announces them.
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestination = 60;
constexpr uint8_t kMobility = 135;

bool is_extension(uint8_t header) noexcept {
  switch (header) {
    case kHopByHop:
    case kRouting:
    case kFragment:
    case kAuthentication:
    case kDestination:
    case kMobility:
      return true;
    default:
      return false;
  }
}

/// Bytes of an extension header, from its own length field: in words of four bytes less two in an
/// authentication header (RFC 4302, 2.2), and without a meaning in a fragment header (RFC 8200, 4.5).
uint32_t extension_length(uint8_t header, uint8_t field) noexcept {
  if (header == kFragment) return 8;
  return header == kAuthentication ? (field + 2u) * 4 : (field + 1u) * 8;
}

class Parser {
 public:
  explicit Parser(std::span<const std::byte> frame) noexcept : frame_(frame) {}

  Headers parse(uint32_t type_at) noexcept {
    type_at = skip_tags(type_at);
    if (!holds(type_at, 2)) return headers_;
    headers_.network_at = type_at + 2;
    const uint16_t type = load_be16(&frame_[type_at]);
    const bool whole = type == kEtherTypeIpv4 ? parse_ipv4() : type == kEtherTypeIpv6 && parse_ipv6();
    if (whole && !fragment_) parse_transport();
    return headers_;
  }

 private:
  bool holds(uint32_t at, uint32_t bytes) const noexcept { return size_t{at} + bytes <= frame_.size(); }
  uint8_t byte(uint32_t at) const noexcept { return std::to_integer<uint8_t>(frame_[at]); }

  /// One tag, or a service tag and one more.
  uint32_t skip_tags(uint32_t at) const noexcept {
    if (!holds(at, 2)) return at;
    const uint16_t outer = load_be16(&frame_[at]);
    if (outer == kEtherTypeVlan) return at + kVlanTag;
    if (outer != kEtherTypeServiceVlan) return at;
    at += kVlanTag;
    return holds(at, 2) && load_be16(&frame_[at]) == kEtherTypeVlan ? at + kVlanTag : at;
  }

  bool parse_ipv4() noexcept {
    const uint32_t at = headers_.network_at;
    if (!holds(at, kIpv4Header) || byte(at) >> 4 != 4) return false;
    constexpr uint16_t kMoreOrOffset = 0x3FFF;
    headers_.network = Headers::Network::kIpv4;
    headers_.protocol = byte(at + 9);
    headers_.transport_at = at + (byte(at) & 0x0F) * 4u;
    fragment_ = (load_be16(&frame_[at + 6]) & kMoreOrOffset) != 0;
    return true;
  }

  bool parse_ipv6() noexcept {
    uint32_t at = headers_.network_at;
    if (!holds(at, kIpv6Header)) return false;
    uint8_t next = byte(at + 6);
    at += kIpv6Header;
    bool extended = false;
    for (; is_extension(next); extended = true) {
      if (!holds(at, 2)) return false;
      fragment_ = fragment_ || next == kFragment;
      const uint32_t length = extension_length(next, byte(at + 1));
      next = byte(at);
      at += length;
    }
    headers_.network = Headers::Network::kIpv6;
    headers_.has_extensions = extended;
    headers_.protocol = next;
    headers_.transport_at = at;
    return true;
  }

  void parse_transport() noexcept {
    using Transport = Headers::Transport;
    const uint32_t at = headers_.transport_at;
    if (headers_.protocol == kTcp && holds(at, kTcpHeader)) headers_.transport = Transport::kTcp;
    if (headers_.protocol == kUdp && holds(at, kUdpHeader)) headers_.transport = Transport::kUdp;
    if (headers_.protocol == kSctp) headers_.transport = Transport::kSctp;
  }

  std::span<const std::byte> frame_;
  Headers headers_;
  bool fragment_ = false;
};

}  // namespace

Headers parse_headers(std::span<const std::byte> frame, uint32_t type_at) noexcept {
  return Parser(frame).parse(type_at);
}

}  // namespace pmd
