#pragma once

#include <cstdint>

namespace pmd {

/// What a received frame's status word says (nic-neutral; bits 31:16 are the VLAN TCI when kVlan is set). A
/// checksum of which neither "good" nor "bad" is said was not checked.
namespace rx_flag {
inline constexpr uint32_t kVlan = 1u << 0;  ///< a VLAN tag was stripped into bits 31:16
inline constexpr uint32_t kIpGood = 1u << 1;
inline constexpr uint32_t kIpBad = 1u << 2;
inline constexpr uint32_t kL4Good = 1u << 3;
inline constexpr uint32_t kL4Bad = 1u << 4;
inline constexpr uint32_t kLoopback = 1u << 5;  ///< sent by another function of the same NIC
/// The frame goes on in the next entry. Read only where a burst may hold such frames, and then in frames to
/// be sent as well.
inline constexpr uint32_t kMore = 1u << 6;
inline constexpr uint32_t kIpv4 = 1u << 8;
inline constexpr uint32_t kIpv6 = 1u << 9;
inline constexpr uint32_t kTcp = 1u << 10;
inline constexpr uint32_t kUdp = 1u << 11;
inline constexpr uint32_t kSctp = 1u << 12;
/// What is said of checksums and headers.
inline constexpr uint32_t kChecks = kIpGood | kIpBad | kL4Good | kL4Bad | kIpv4 | kIpv6 | kTcp | kUdp | kSctp;
inline constexpr uint32_t kAll = kVlan | kLoopback | kChecks;
inline constexpr unsigned kTciShift = 16;
}  // namespace rx_flag

}  // namespace pmd
