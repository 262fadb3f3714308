#include "port/frame_cutter.h"

#include <cstring>
#include <new>

namespace pmd {

bool FrameCutter::begin(std::span<const iovec> parts, uint32_t payload) noexcept {
  segmenter_ = {};
  if (!whole_) whole_.reset(new (std::nothrow) std::byte[kMostBytes]);
  if (!whole_) return false;
  size_t bytes = 0;
  for (const iovec& part : parts) {
    if (part.iov_len > kMostBytes - bytes) return false;
    std::memcpy(whole_.get() + bytes, part.iov_base, part.iov_len);
    bytes += part.iov_len;
  }
  return segmenter_.begin({whole_.get(), bytes}, payload);
}

}  // namespace pmd
