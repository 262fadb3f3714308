#include "programs/filter.h"

#include <algorithm>
#include <bit>

#include "programs/burst_frames.h"

namespace pmd {

namespace {

/// As many as a word has bits.
constexpr uint32_t kAtOnce = bpf::Program::kMaxFrames;
static_assert(kAtOnce == 32);

constexpr bool has_bit(const uint32_t* words, uint32_t i) noexcept {
  return words[i / 32] >> i % 32 & 1;
}

}  // namespace

int32_t Filter::find(const Burst& burst, uint32_t count, uint32_t* words) noexcept {
  return burst.has_chains() ? find_chains(burst, count, words) : find_frames(burst, count, words);
}

int32_t Filter::find_frames(const Burst& burst, uint32_t count, uint32_t* words) noexcept {
  const BurstFrames frames(burst);
  bpf::Frame seen[kAtOnce];
  uint32_t matching = 0;
  for (uint32_t first = 0; first < count; first += kAtOnce) {
    const uint32_t n = std::min(kAtOnce, count - first);
    for (uint32_t i = 0; i < n; ++i) {
      std::span<const std::byte> frame;
      if (const int32_t refused = frames.find(first + i, frame); refused != 0) [[unlikely]] {
        bad_entry_ = first + i;
        return refused;
      }
      const auto bytes = static_cast<uint32_t>(frame.size());
      seen[i] = {frame.data(), bytes, bytes};
    }
    words[first / kAtOnce] = program_.match({seen, n});
    matching += static_cast<uint32_t>(std::popcount(words[first / kAtOnce]));
  }
  return static_cast<int32_t>(matching);
}

int32_t Filter::find_chains(const Burst& burst, uint32_t count, uint32_t* words) noexcept {
  const BurstFrames frames(burst);
  uint32_t matching = 0;
  std::fill_n(words, (count + kAtOnce - 1) / kAtOnce, 0);
  for (uint32_t i = 0; i < count;) {
    const uint32_t end = i + burst.chain_length(i, count);
    bpf::Frame seen{nullptr, 0, 0};
    for (uint32_t entry = i; entry < end; ++entry) {
      std::span<const std::byte> part;
      if (const int32_t refused = frames.find(entry, part); refused != 0) [[unlikely]] {
        bad_entry_ = entry;
        return refused;
      }
      const auto bytes = static_cast<uint32_t>(part.size());
      if (entry == i) seen = {part.data(), bytes, 0};
      seen.length += bytes;
    }
    const bool matches = program_.match({&seen, 1}) != 0;
    for (; i < end; ++i) {
      words[i / 32] |= uint32_t{matches} << i % 32;
      matching += matches;
    }
  }
  return static_cast<int32_t>(matching);
}

int32_t Filter::match(const Burst& burst) noexcept {
  return find(burst, burst.count(), static_cast<uint32_t*>(block_.get()));
}

int32_t Filter::apply(Burst& burst) noexcept {
  const uint32_t count = burst.count();
  uint32_t words[kWords];
  const int32_t matching = find(burst, count, words);
  if (matching < 0 || matching == static_cast<int32_t>(count)) return matching;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i)
    if (has_bit(words, i)) {
      if (kept != i) burst.swap(kept, i);
      ++kept;
    }
  bad_entry_ = burst.release(kept, count);
  return bad_entry_ == Burst::kNoEntry ? matching : refuse(Refusal::kNotOwner);
}

}  // namespace pmd
