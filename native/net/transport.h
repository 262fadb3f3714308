#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"

namespace pmd {

/// The length of the segment of TCP, UDP or SCTP that a frame's headers announce. The frame may hold less.
uint16_t transport_length(std::span<const std::byte> frame, const Headers& headers) noexcept;

/// Bytes of the TCP header, options included, as it says itself; its first 20 bytes are in the frame.
uint32_t tcp_header(std::span<const std::byte> frame, const Headers& headers) noexcept;

/// The words of the pseudo header that the checksums of TCP and UDP cover: both addresses, the protocol, and
/// the segment's length. For add_words().
uint64_t sum_pseudo_header(std::span<const std::byte> frame, const Headers& headers,
                           uint16_t length) noexcept;

}  // namespace pmd
