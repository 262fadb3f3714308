#pragma once

#include <cstdint>

/// Numbers of the pcapng format that reading and writing share.
namespace pmd::pcap::block {

inline constexpr uint32_t kSection = 0x0A0D0D0A;
inline constexpr uint32_t kInterface = 1;
inline constexpr uint32_t kObsoletePacket = 2;
inline constexpr uint32_t kSimplePacket = 3;
inline constexpr uint32_t kEnhancedPacket = 6;

inline constexpr uint32_t kByteOrder = 0x1A2B3C4D;
inline constexpr uint32_t kLeast = 12;         ///< bytes of any block
inline constexpr uint32_t kPacketHeader = 28;  ///< of an enhanced or obsolete packet block
inline constexpr uint32_t kTrailer = 4;        ///< the length, once more

// Options, of a packet and of an interface.
inline constexpr uint16_t kPacketFlags = 2;
inline constexpr uint16_t kEndOfOptions = 0;
inline constexpr uint16_t kResolution = 9;
inline constexpr uint16_t kFcsLength = 13;
inline constexpr uint16_t kTimeOffset = 14;
inline constexpr uint8_t kMicroseconds = 6;
inline constexpr uint8_t kNanoseconds = 9;

constexpr uint32_t padded(uint32_t length) noexcept {
  return (length + 3) / 4 * 4;
}

}  // namespace pmd::pcap::block
