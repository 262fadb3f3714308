#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/headers.h"

namespace pmd {

// Bytes of an Ethernet frame's parts.
inline constexpr uint32_t kMacAddresses = 12;  ///< both; the EtherType follows
inline constexpr uint32_t kVlanTag = 4;
inline constexpr uint32_t kFcs = 4;

/// An Ethernet header: what is shorter is neither sent nor handed on.
inline constexpr uint32_t kMinFrame = kMacAddresses + 2;
/// What is shorter on a wire is padded with zeros. Without FCS.
inline constexpr uint32_t kMinFrameOnWire = 60;
/// Bytes without FCS of the longest frame with an MTU: header and VLAN tag are added. What a port hands on,
/// another with the same MTU sends.
constexpr uint32_t longest_frame(uint32_t mtu) noexcept {
  return mtu + kMinFrame + kVlanTag;
}

/// Moves a frame's addresses into the kVlanTag bytes before it, where the frame begins then, and puts a tag
/// behind them.
inline void insert_vlan_tag(std::byte* frame, uint16_t type, uint16_t tci) noexcept {
  std::byte* const begin = frame - kVlanTag;
  std::memmove(begin, frame, kMacAddresses);
  store_be16(begin + kMacAddresses, type);
  store_be16(begin + kMacAddresses + 2, tci);
}

}  // namespace pmd
