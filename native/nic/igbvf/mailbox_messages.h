#pragma once

#include <cstdint>

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

}  // namespace pmd::igb::mbx
