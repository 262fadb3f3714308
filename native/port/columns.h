#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pmd {

/// A column is an array with one element for each entry of a burst. Columns stand in this order behind the
/// header of the burst's block; the optional ones are there if they were asked for.
enum class Column : uint8_t {
  kIndex,
  kStatus,
  kLength,
  kOffset,
  kTimestamp,
  kHash,
  kTxRequest,
  kVerdict,
  kSegmentSize
};

struct ColumnSpec {
  const char* name;
  uint32_t element;  ///< bytes
  bool optional;
};

/// In the order of Column. JavaScript takes its offsets from here.
inline constexpr std::array<ColumnSpec, 9> kColumns{{
    {"index", 4, false},       // the buffer
    {"status", 4, false},      // rx_flag; the VLAN TCI in bits 31:16
    {"length", 2, false},      // bytes of the frame in this buffer
    {"offset", 2, false},      // where they begin in the buffer
    {"timestamp", 8, true},    // CLOCK_REALTIME in nanoseconds, of received frames
    {"hash", 4, true},         // flow_hash() of received frames
    {"txRequest", 4, true},    // tx_request, of frames that are sent
    {"verdict", 4, true},      // what a program said of the frame: for JavaScript, and not read here
    {"segmentSize", 2, true},  // of frames to be cut: bytes of payload in each segment; 0: not to be cut
}};

/// Optional columns, as bits.
using ColumnSet = uint32_t;

constexpr ColumnSet set_of(Column column) noexcept {
  return 1u << static_cast<unsigned>(column);
}

/// Bytes from the end of a burst's header to a column; to the end of the block for a column behind the last.
/// Every column begins at a multiple of eight.
constexpr size_t column_at(size_t column, uint32_t capacity, ColumnSet optional) noexcept {
  size_t at = 0;
  for (size_t i = 0; i < column; ++i)
    if (!kColumns[i].optional || (optional >> i & 1))
      at += (size_t{capacity} * kColumns[i].element + 7) / 8 * 8;
  return at;
}

}  // namespace pmd
