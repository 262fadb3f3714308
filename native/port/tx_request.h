#pragma once

#include <cstdint>

#include "port/burst.h"
#include "port/queue.h"

namespace pmd {

/// Work on a frame that is sent; 0 is none. Bits 31:16 are the tag of kVlan.
namespace tx_request {
inline constexpr uint32_t kVlan = 1u << 0;        ///< insert an 802.1Q tag behind the addresses
inline constexpr uint32_t kIpChecksum = 1u << 1;  ///< fill in the checksum of the IPv4 header
inline constexpr uint32_t kL4Checksum = 1u << 2;  ///< fill in the checksum of TCP, UDP or SCTP
inline constexpr uint32_t kAll = kVlan | kIpChecksum | kL4Checksum;
inline constexpr unsigned kTciShift = 16;
}  // namespace tx_request

/// Does in software what the entries of a burst request, and clears the requests. When one of them can't be
/// done, returns why, and `bad_entry` tells which; then every request stands, though checksums of entries
/// before may be filled in.
Refusal fulfil_requests(Burst& burst, uint32_t count, uint32_t& bad_entry) noexcept;

}  // namespace pmd
