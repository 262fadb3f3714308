#pragma once

#include <cstddef>
#include <span>

#include "net/headers.h"

namespace pmd {

/// Both write into a whole frame whose headers are known, and return false, with nothing written, when the
/// frame has no such checksum.

/// The checksum of the IPv4 header.
bool fill_ip_checksum(std::span<std::byte> frame, const Headers& headers) noexcept;
/// The checksum of TCP, UDP or SCTP; of no fragment.
bool fill_l4_checksum(std::span<std::byte> frame, const Headers& headers) noexcept;

}  // namespace pmd
