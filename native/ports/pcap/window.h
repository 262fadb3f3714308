#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "util/unique_fd.h"

namespace pmd::pcap {

/// What a file holds from some byte on. It is read a large piece at a time, and never mapped: a file that
/// somebody cuts short would end the process.
class Window {
 public:
  /// The most that need() can be asked for.
  static constexpr size_t kSize = size_t{1} << 20;

  explicit Window(UniqueFd fd) : fd_(std::move(fd)), bytes_(kSize) {}

  /// Makes `n` bytes available. False when the file has fewer, or can't be read: then error() is not 0.
  bool need(size_t n) noexcept { return available() >= n || read(n); }
  size_t available() const noexcept { return end_ - begin_; }
  const std::byte* data() const noexcept { return bytes_.data() + begin_; }
  int error() const noexcept { return error_; }

  /// Of the file, at the window's first byte.
  uint64_t offset() const noexcept { return offset_; }
  /// Moves the window on, also past what is available.
  void skip(uint64_t n) noexcept;
  /// Moves it to a byte of the file.
  void seek(uint64_t offset) noexcept;

  void set_swapped(bool swapped) noexcept { swapped_ = swapped; }
  bool swapped() const noexcept { return swapped_; }

  // Numbers at a byte of the window, in the file's order. They are available.
  uint8_t u8(size_t at) const noexcept { return static_cast<uint8_t>(data()[at]); }
  uint16_t u16(size_t at) const noexcept {
    const auto value = load<uint16_t>(at);
    return swapped_ ? __builtin_bswap16(value) : value;
  }
  uint32_t u32(size_t at) const noexcept {
    const auto value = load<uint32_t>(at);
    return swapped_ ? __builtin_bswap32(value) : value;
  }
  uint64_t u64(size_t at) const noexcept {
    const auto value = load<uint64_t>(at);
    return swapped_ ? __builtin_bswap64(value) : value;
  }

 private:
  static_assert(std::endian::native == std::endian::little);

  template <typename Word>
  Word load(size_t at) const noexcept {
    Word word;
    std::memcpy(&word, data() + at, sizeof(word));
    return word;
  }
  bool read(size_t n) noexcept;

  const UniqueFd fd_;
  std::vector<std::byte> bytes_;
  size_t begin_ = 0, end_ = 0;
  uint64_t offset_ = 0;
  int error_ = 0;
  bool swapped_ = false;
};

}  // namespace pmd::pcap
