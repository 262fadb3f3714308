#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pmd {

/// What is known of each frame's headers, in columns: one element for each entry of a burst.
enum class HeaderColumn : uint8_t {
  kL3At,
  kL4At,
  kPayloadAt,
  kEnd,
  kOuterTag,
  kInnerTag,
  kSource,
  kDestination,
  kHash,
  kEtherType,
  kProtocol,
  kSourcePort,
  kDestinationPort,
  kVersion,
  kFragment,
  kTcpFlags,
  kFault,
};

struct HeaderColumnSpec {
  const char* name;
  uint32_t bytes;  ///< of an entry
};

inline constexpr uint32_t kAddressWords = 4;

/// In the order of HeaderColumn. JavaScript takes its offsets from here; what the columns mean stands in
/// src/programs/parsed-headers.ts.
inline constexpr std::array<HeaderColumnSpec, 17> kHeaderColumns{{
    {"l3At", 4},
    {"l4At", 4},
    {"payloadAt", 4},
    {"end", 4},
    {"outerTag", 4},
    {"innerTag", 4},
    {"source", 4 * kAddressWords},
    {"destination", 4 * kAddressWords},
    {"hash", 4},
    {"etherType", 2},
    {"protocol", 2},
    {"sourcePort", 2},
    {"destinationPort", 2},
    {"version", 1},
    {"fragment", 1},
    {"tcpFlags", 1},
    {"fault", 1},
}};

/// Bytes from the begin of the block to a column; its size, for a column behind the last.
constexpr size_t header_column_at(size_t column, uint32_t capacity) noexcept {
  size_t at = 0;
  for (size_t i = 0; i < column; ++i) at += (size_t{capacity} * kHeaderColumns[i].bytes + 15) / 16 * 16;
  return at;
}

}  // namespace pmd
