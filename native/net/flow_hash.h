#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/layers.h"

namespace pmd {

/// A hash of the flow that a frame belongs to: IP addresses, protocol, and the ports of TCP, UDP and SCTP. It
/// is the same in both directions. Fragments of one datagram, and all frames that are no IP, hash by what
/// they have: addresses alone, or the EtherType; a frame without one is 0. flowHash() of src/net is the same
/// function.
uint32_t flow_hash(std::span<const std::byte> frame) noexcept;
/// Hashes the flow of a frame. `layers` is what read_layers() found in it.
uint32_t flow_hash(const std::byte* frame, const Layers& layers) noexcept;

}  // namespace pmd
