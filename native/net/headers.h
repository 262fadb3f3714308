#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmd {

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86DD;
inline constexpr uint16_t kEtherTypeServiceVlan = 0x88A8;

/// A number in network order.
inline uint16_t load_be16(const std::byte* at) noexcept {
  return static_cast<uint16_t>(std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]));
}
inline uint32_t load_be32(const std::byte* at) noexcept {
  return uint32_t{load_be16(at)} << 16 | load_be16(at + 2);
}
inline void store_be16(std::byte* at, uint32_t value) noexcept {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}

/// Whether parse_headers() may find more in a frame of this EtherType; a quick test for those that have none.
constexpr bool has_known_headers(uint16_t ether_type) noexcept {
  return ether_type == kEtherTypeIpv4 || ether_type == kEtherTypeIpv6 || ether_type == kEtherTypeVlan ||
         ether_type == kEtherTypeServiceVlan;
}

/// What the headers of a frame say it is.
struct Headers {
  enum class Network : uint8_t { kOther, kIpv4, kIpv6 };
  enum class Transport : uint8_t { kOther, kTcp, kUdp, kSctp };

  Network network = Network::kOther;
  Transport transport = Transport::kOther;  ///< kOther in a fragment too
  bool has_extensions = false;              ///< IPv6 extension headers
  uint8_t protocol = 0;                     ///< IP's number of what follows its headers
  uint32_t network_at = 0;
  uint32_t transport_at = 0;  ///< may lie beyond the frame, where IP's header says so
};

/// Reads the headers of a frame whose EtherType lies at `type_at`, VLAN tags included. What is cut short
/// counts as unknown.
Headers parse_headers(std::span<const std::byte> frame, uint32_t type_at) noexcept;

}  // namespace pmd
