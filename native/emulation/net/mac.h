#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pmd::emulation {

using Mac = std::array<uint8_t, 6>;

inline constexpr Mac kBroadcast{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
/// The far end of a port with `peer=flood`: locally administered, never given to a VF.
inline constexpr Mac kFloodPeerMac{0x02, 0x70, 0x6D, 0x64, 0x00, 0x01};

constexpr bool is_multicast(const Mac& mac) noexcept {
  return (mac[0] & 1) != 0;
}
constexpr bool is_zero(const Mac& mac) noexcept {
  return mac == Mac{};
}

inline Mac mac_at(const std::byte* bytes) noexcept {
  Mac mac;
  std::memcpy(mac.data(), bytes, mac.size());
  return mac;
}

/// Index into the 4096-bit multicast table (82576EB datasheet 7.1.2.1.2, RCTL.MO = 0).
constexpr uint16_t multicast_hash(const Mac& mac) noexcept {
  return static_cast<uint16_t>(((mac[5] << 8 | mac[4]) >> 4) & 0xFFF);
}

}  // namespace pmd::emulation
