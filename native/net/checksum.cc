#include "net/checksum.h"

#include <array>
#include <cstring>

namespace pmd {

uint64_t add_words(std::span<const std::byte> bytes, uint64_t sum) noexcept {
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t words;
    std::memcpy(&words, at, sizeof(words));
    sum += (words & UINT32_MAX) + (words >> 32);
  }
  uint64_t words = 0;
  if (left != 0) std::memcpy(&words, at, left);
  return sum + (words & UINT32_MAX) + (words >> 32);
}

namespace {

constexpr std::array<uint32_t, 256> make_table() noexcept {
  constexpr uint32_t kReversedPolynomial = 0x82F63B78;
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte;
    for (unsigned bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kReversedPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();

}  // namespace

uint32_t crc32c(std::span<const std::byte> bytes, uint32_t crc) noexcept {
  crc = ~crc;
  for (const std::byte byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ std::to_integer<uint32_t>(byte)) & 0xFF];
  return ~crc;
}

}  // namespace pmd
