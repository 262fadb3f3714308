#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/mac_address.h"

namespace pmd::conformance {

using Bytes = std::vector<std::byte>;

/// Nobody's.
inline constexpr MacAddress kStranger{0x02, 0x00, 0x00, 0x00, 0x00, 0x99};
/// IEEE 802's EtherType for experiments: nothing in a guest sends it, so what has it is ours.
inline constexpr uint16_t kEtherType = 0x88B5;
inline constexpr uint32_t kSmallestFrame = 60;
inline constexpr uint32_t kTag = 4;

/// A frame whose contents follow from its number, which it carries if it is long enough. `tci`: with an
/// 802.1Q tag.
Bytes make_frame(const MacAddress& to, const MacAddress& from, uint32_t length, uint32_t number,
                 std::optional<uint16_t> tci = std::nullopt);
/// The same after its tag was taken out.
Bytes without_tag(const Bytes& frame);
/// Zeros up to the length that goes over the wire.
Bytes padded(Bytes frame);
/// True for frames of make_frame, tagged or not.
bool is_ours(std::span<const std::byte> frame);

}  // namespace pmd::conformance
