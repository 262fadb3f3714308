#include "net/headers.h"

#include "net/frame.h"
#include "net/ip.h"

namespace pmd {

namespace {

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
    for (; ipv6_extension::is_one(next); extended = true) {
      if (!holds(at, 2)) return false;
      fragment_ = fragment_ || next == ipv6_extension::kFragment;
      const uint32_t length = ipv6_extension::length(next, byte(at + 1));
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
    if (headers_.protocol == ip_protocol::kTcp && holds(at, kTcpHeader)) headers_.transport = Transport::kTcp;
    if (headers_.protocol == ip_protocol::kUdp && holds(at, kUdpHeader)) headers_.transport = Transport::kUdp;
    if (headers_.protocol == ip_protocol::kSctp) headers_.transport = Transport::kSctp;
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
