#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

// Numbers side by side in one register, by the vector extensions that GCC and Clang have for every
// architecture.

namespace pmd {

using U16x8 = uint16_t __attribute__((vector_size(16)));
using U32x4 = uint32_t __attribute__((vector_size(16)));
using U64x2 = uint64_t __attribute__((vector_size(16)));

template <typename T>
T load_lanes(const void* from) noexcept {
  T lanes;
  std::memcpy(&lanes, from, sizeof(lanes));
  return lanes;
}
template <typename T>
void store_lanes(void* to, T lanes) noexcept {
  std::memcpy(to, &lanes, sizeof(lanes));
}

/// The lower halves of both in turns: a0 b0 a1 b1 …
inline U16x8 interleave_low(U16x8 a, U16x8 b) noexcept {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
inline U32x4 interleave_low(U32x4 a, U32x4 b) noexcept {
  return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}
inline U64x2 interleave_low(U64x2 a, U64x2 b) noexcept {
  return __builtin_shufflevector(a, b, 0, 2);
}
/// The upper halves.
inline U16x8 interleave_high(U16x8 a, U16x8 b) noexcept {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
inline U32x4 interleave_high(U32x4 a, U32x4 b) noexcept {
  return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
inline U64x2 interleave_high(U64x2 a, U64x2 b) noexcept {
  return __builtin_shufflevector(a, b, 1, 3);
}

/// Four numbers of 16 bits, widened.
inline U32x4 load_widened(const uint16_t* from) noexcept {
  const auto lanes = std::bit_cast<U16x8>(U64x2{load_lanes<uint64_t>(from), 0});
  return std::bit_cast<U32x4>(interleave_low(lanes, U16x8{}));
}

inline uint64_t sum(U32x4 lanes) noexcept {
  return uint64_t{lanes[0]} + lanes[1] + lanes[2] + lanes[3];
}

/// Whether any bit, or any of these, is set in any lane.
inline bool any_of(U32x4 lanes, uint32_t bits = UINT32_MAX) noexcept {
  const auto halves = std::bit_cast<U64x2>(lanes);
  return ((halves[0] | halves[1]) & (uint64_t{bits} << 32 | bits)) != 0;
}

}  // namespace pmd
