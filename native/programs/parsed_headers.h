#pragma once

#include <cstdint>
#include <memory>

#include "port/burst.h"
#include "programs/header_columns.h"

namespace pmd {

/// Columns that say where the headers of a burst's frames are, and what they are of. JavaScript maps the
/// block, too: nothing is read back from it.
class ParsedHeaders {
 public:
  static constexpr size_t block_size(uint32_t capacity) noexcept {
    return header_column_at(kHeaderColumns.size(), capacity);
  }
  /// `block` has block_size() bytes.
  ParsedHeaders(uint32_t capacity, std::shared_ptr<void> block) noexcept
      : capacity_(capacity), block_(std::move(block)) {}

  /// Reads the headers of the burst's frames, of as many as there is room for. Returns how many, or a
  /// Refusal: then bad_entry() is the entry, and the columns of those before it are filled. Of a frame of
  /// several entries it sees the bytes in the first.
  int32_t parse(const Burst& burst) noexcept;
  uint32_t bad_entry() const noexcept { return bad_entry_; }

 private:
  const uint32_t capacity_;
  const std::shared_ptr<void> block_;
  uint32_t bad_entry_ = 0;
};

}  // namespace pmd
