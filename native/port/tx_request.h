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
/// Bytes of payload in a segment, at most.
inline constexpr uint32_t kMaxSegment = 9216;
/// Segments of a frame, at most.
inline constexpr uint32_t kMaxSegments = 1024;
}  // namespace tx_request

/// What an entry requests, read once: JavaScript may write to it meanwhile.
struct TxRequest {
  uint32_t work = 0;     ///< tx_request
  uint32_t segment = 0;  ///< bytes of payload in each segment; 0: the frame is not cut

  TxRequest() = default;
  TxRequest(const Burst& burst, uint32_t i) noexcept {
    if (const uint32_t* const works = burst.tx_request()) work = __atomic_load_n(works + i, __ATOMIC_RELAXED);
    if (const uint16_t* const sizes = burst.segment_size())
      segment = __atomic_load_n(sizes + i, __ATOMIC_RELAXED);
  }
  bool any() const noexcept { return (work | segment) != 0; }
  bool wants(uint32_t bits) const noexcept { return (work & bits) != 0; }
  /// Whether nothing is asked for that there is not.
  bool is_known() const noexcept {
    constexpr uint32_t kFlags = (1u << tx_request::kTciShift) - 1;
    return (work & kFlags & ~tx_request::kAll) == 0 && segment <= tx_request::kMaxSegment;
  }
  uint16_t tci() const noexcept { return static_cast<uint16_t>(work >> tx_request::kTciShift); }
};

/// What a queue takes of frames that request something.
struct RequestLimits {
  uint32_t longest;  ///< bytes of a frame that goes out, a tag included
  bool cuts;         ///< whether it cuts frames into segments
};

/// Does in software what the frames of a burst request, and clears what is done; frames that are to be cut
/// are prepared for whoever cuts them, and their segment sizes stay. When a request can't be met, returns
/// why, and `bad_entry` tells which; then every request stands, though checksums of entries before may be
/// filled in.
Refusal fulfil_requests(Burst& burst, uint32_t count, const RequestLimits& limits,
                        uint32_t& bad_entry) noexcept;

}  // namespace pmd
