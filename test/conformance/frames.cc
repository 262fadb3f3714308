#include "frames.h"

#include <algorithm>
#include <cstring>

namespace pmd::conformance {

namespace {

constexpr uint32_t kTypeAt = 12, kNumberAt = 14;

void put16(Bytes& frame, size_t at, uint32_t value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value);
}

uint32_t get16(std::span<const std::byte> frame, size_t at) {
  return std::to_integer<uint32_t>(frame[at]) << 8 | std::to_integer<uint32_t>(frame[at + 1]);
}

}  // namespace

Bytes make_frame(const MacAddress& to, const MacAddress& from, uint32_t length, uint32_t number,
                 std::optional<uint16_t> tci) {
  Bytes frame(length);
  uint32_t state =
      number * 2654435761u + length;  // any spread will do: it only has to differ from frame to frame
  for (size_t i = kNumberAt; i < length; ++i) {
    state = state * 1664525u + 1013904223u;
    frame[i] = static_cast<std::byte>(state >> 24);
  }
  std::memcpy(frame.data(), to.data(), to.size());
  std::memcpy(frame.data() + to.size(), from.data(), from.size());
  size_t at = kTypeAt;
  if (tci) {
    put16(frame, at, 0x8100);
    put16(frame, at + 2, *tci);
    at += kTag;
  }
  put16(frame, at, kEtherType);
  if (length >= at + 2 + sizeof(number)) std::memcpy(frame.data() + at + 2, &number, sizeof(number));
  return frame;
}

Bytes without_tag(const Bytes& frame) {
  Bytes bare(frame);
  bare.erase(bare.begin() + kTypeAt, bare.begin() + kTypeAt + kTag);
  return bare;
}

Bytes padded(Bytes frame) {
  frame.resize(std::max<size_t>(frame.size(), kSmallestFrame));
  return frame;
}

bool is_ours(std::span<const std::byte> frame) {
  if (frame.size() < kTypeAt + 2) return false;
  const uint32_t type = get16(frame, kTypeAt);
  if (type == kEtherType) return true;
  return type == 0x8100 && frame.size() >= kTypeAt + kTag + 2 && get16(frame, kTypeAt + kTag) == kEtherType;
}

}  // namespace pmd::conformance
