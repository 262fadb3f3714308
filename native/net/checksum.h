#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmd {

/// Adds bytes to a sum of 16-bit words (RFC 1071). Words are this machine's, so a sum is compared or folded,
/// and not printed. Every part but the last has an even length.
uint64_t add_words(std::span<const std::byte> bytes, uint64_t sum = 0) noexcept;

/// The one's complement sum of 16 bits. 0xFFFF where the words added include their own checksum and it is
/// right.
constexpr uint16_t fold_sum(uint64_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

/// A sum over parts of any lengths, one behind the other.
class PartSum {
 public:
  explicit PartSum(uint64_t sum = 0) noexcept : sum_(sum) {}
  void add(std::span<const std::byte> part) noexcept {
    const uint16_t words = fold_sum(add_words(part));
    sum_ += is_odd_ ? __builtin_bswap16(words) : words;
    is_odd_ ^= part.size() % 2 != 0;
  }
  uint16_t folded() const noexcept { return fold_sum(sum_); }

 private:
  uint64_t sum_;
  bool is_odd_ = false;
};

/// CRC-32C (RFC 9260, appendix A), continued from the result for the bytes before.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t crc = 0) noexcept;

}  // namespace pmd
