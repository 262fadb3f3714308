#pragma once

#include <cstdint>

namespace pmd {

// Bytes of headers without options or extensions.
inline constexpr uint32_t kIpv4Header = 20;
inline constexpr uint32_t kIpv6Header = 40;
inline constexpr uint32_t kTcpHeader = 20;
inline constexpr uint32_t kUdpHeader = 8;
inline constexpr uint32_t kSctpHeader = 12;
inline constexpr uint32_t kIcmpHeader = 8;

/// Protocol numbers: they say which header follows an IP header.
namespace ip_protocol {
inline constexpr uint8_t kIcmp = 1;
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kIcmp6 = 58;
inline constexpr uint8_t kSctp = 132;
}  // namespace ip_protocol

/// IPv6 extension headers, by the number that announces them.
namespace ipv6_extension {
inline constexpr uint8_t kHopByHop = 0;
inline constexpr uint8_t kRouting = 43;
inline constexpr uint8_t kFragment = 44;
inline constexpr uint8_t kAuthentication = 51;
inline constexpr uint8_t kDestination = 60;
inline constexpr uint8_t kMobility = 135;

constexpr bool is_one(uint8_t header) noexcept {
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
constexpr uint32_t length(uint8_t header, uint8_t field) noexcept {
  if (header == kFragment) return 8;
  return header == kAuthentication ? (field + 2u) * 4 : (field + 1u) * 8;
}
}  // namespace ipv6_extension

}  // namespace pmd
