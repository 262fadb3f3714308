#pragma once

#include <array>
#include <cstdint>

#include "net/mac_address.h"

// Words of the VF-to-PF mailbox messages, as the Linux igb PF driver understands them: its e1000_mbx.h. Word
// 0 holds the request code in 15:0, a request's own info in 23:16, and the PF's answer in 31:29.

namespace pmd::igb::mbx {

inline constexpr unsigned kWords = 16;

inline constexpr uint32_t kReset = 0x01;
inline constexpr uint32_t kSetMac = 0x02;
inline constexpr uint32_t kSetMulticast = 0x03;
inline constexpr uint32_t kSetVlan = 0x04;
inline constexpr uint32_t kSetLpe = 0x05;  ///< largest frame, with CRC and VLAN tag
inline constexpr uint32_t kSetPromisc = 0x06;
inline constexpr uint32_t kPfControl =
    0x0100;  ///< from the PF, unasked: "look at the link", or without CTS "start again"

inline constexpr uint32_t kCodeMask = 0x0000FFFF;
inline constexpr unsigned kInfoShift = 16;
inline constexpr uint32_t kInfoMask = 0x00FF0000;

inline constexpr uint32_t kPromiscUnicast = 0x01u << kInfoShift;
inline constexpr uint32_t kPromiscMulticast = 0x02u << kInfoShift;

inline constexpr uint32_t kAck = 0x80000000;
inline constexpr uint32_t kNack = 0x40000000;
inline constexpr uint32_t kCts = 0x20000000;  ///< clear to send: the PF has seen our RESET

inline constexpr unsigned kMaxMulticastHashes = 30;
/// The largest frame that the PF accepts in SET_LPE (MAX_JUMBO_FRAME_SIZE of the Linux driver).
inline constexpr uint32_t kMaxLpe = 0x3F00;

/// The bytes of an address as they lie in two message words.
constexpr std::array<uint32_t, 2> words_of(const MacAddress& mac) noexcept {
  return {mac[0] | mac[1] << 8 | mac[2] << 16 | static_cast<uint32_t>(mac[3]) << 24,
          static_cast<uint32_t>(mac[4] | mac[5] << 8)};
}

constexpr MacAddress mac_of(uint32_t low, uint32_t high) noexcept {
  return {static_cast<uint8_t>(low),       static_cast<uint8_t>(low >> 8), static_cast<uint8_t>(low >> 16),
          static_cast<uint8_t>(low >> 24), static_cast<uint8_t>(high),     static_cast<uint8_t>(high >> 8)};
}

/// The 12 bits of an address that select a bit of the PF's multicast table (82576EB datasheet 7.1.2.1.2,
/// with RCTL.MO = 0).
constexpr uint16_t multicast_hash(const MacAddress& mac) noexcept {
  return static_cast<uint16_t>(((mac[5] << 8 | mac[4]) >> 4) & 0xFFF);
}

}  // namespace pmd::igb::mbx
