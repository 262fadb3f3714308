#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pmd {

using MacAddress = std::array<uint8_t, 6>;

inline constexpr MacAddress kBroadcast{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

constexpr bool is_zero(const MacAddress& mac) noexcept {
  return mac == MacAddress{};
}
constexpr bool is_multicast(const MacAddress& mac) noexcept {
  return (mac[0] & 1) != 0;
}

/// The address whose six bytes lie at `bytes`.
inline MacAddress mac_at(const std::byte* bytes) noexcept {
  MacAddress mac;
  std::memcpy(mac.data(), bytes, mac.size());
  return mac;
}

/// A random unicast address of the locally administered kind, for a VF whose PF assigned none.
MacAddress random_mac();

}  // namespace pmd
