#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"

namespace pmd {

/// Whether a frame of so many bytes has room for the network header that its headers describe, and for no
/// shorter one than there is.
bool is_sound(const Headers& headers, size_t frame_bytes) noexcept;

/// Where the checksum stands in the header of a transport.
uint32_t checksum_place(Headers::Transport transport) noexcept;

/// Bytes of a transport's header, without options.
uint32_t least_header(Headers::Transport transport) noexcept;

/// What follows a frame's first part, which has its headers.
using Rest = std::span<const std::span<const std::byte>>;

// Both write into a frame whose headers are known, and return false, with nothing written, when the frame has
// no such checksum.

/// The checksum of the IPv4 header.
bool fill_ip_checksum(std::span<std::byte> frame, const Headers& headers) noexcept;
/// The checksum of TCP, UDP or SCTP; of no fragment.
bool fill_l4_checksum(std::span<std::byte> head, const Headers& headers, Rest rest = {}) noexcept;

enum class Verdict : uint8_t { kUnknown, kGood, kBad };
/// Of checksums that the frame has, and of datagrams that are there as a whole: of others nothing is known.
struct Verdicts {
  Verdict network = Verdict::kUnknown;
  Verdict transport = Verdict::kUnknown;
};
Verdicts check_checksums(std::span<const std::byte> head, const Headers& headers, Rest rest = {}) noexcept;

// What a device expects where it is to put a checksum. The frame may go on behind these bytes.

/// False, and nothing written, when there is no IPv4 header.
bool seed_ip_checksum(std::span<std::byte> frame, const Headers& headers) noexcept;
/// The sum of the pseudo header with such a length of the segment; of SCTP nothing. Of a transport whose
/// header is there.
void seed_l4_checksum(std::span<std::byte> frame, const Headers& headers, uint16_t length) noexcept;

}  // namespace pmd
