#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/segmenter.h"

namespace pmd {

/// Cuts frames that lie in several pieces.
class FrameCutter {
 public:
  /// False, and nothing to do, for a frame that can't be cut, or when there is no memory to put it together.
  bool begin(std::span<const iovec> parts, uint32_t payload) noexcept;
  bool done() const noexcept { return segmenter_.done(); }
  /// Bytes of the next segment.
  uint32_t length() const noexcept { return segmenter_.length(); }
  /// Writes the next segment, of length() bytes.
  void next(std::byte* to) noexcept { segmenter_.next(to); }

 private:
  /// What IP's length allows, and what comes before.
  static constexpr size_t kMostBytes = 64 * 1024 + 64;

  std::unique_ptr<std::byte[]> whole_;  ///< made when first needed
  Segmenter segmenter_;
};

}  // namespace pmd
