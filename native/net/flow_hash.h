#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmd {

/// A hash of the flow that a frame belongs to: IP addresses, protocol, and the ports of TCP, UDP and SCTP. It
/// is the same in both directions. Fragments of one datagram, and all frames that are no IP, hash by what
/// they have: addresses alone, or the EtherType.
uint32_t flow_hash(std::span<const std::byte> frame) noexcept;

}  // namespace pmd
