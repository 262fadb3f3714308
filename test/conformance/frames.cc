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

/// The Internet checksum of RFC 1071.
uint16_t checksum(std::span<const std::byte> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i < bytes.size(); i += 2)
    sum += i + 1 < bytes.size() ? get16(bytes, i) : std::to_integer<uint32_t>(bytes[i]) << 8;
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
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

Bytes make_udp(const MacAddress& to, const MacAddress& from, bool good_ip, bool good_udp) {
  constexpr size_t kIp = 14, kUdp = 34, kLength = 74;
  Bytes frame = make_frame(to, from, kLength, 0);
  put16(frame, kTypeAt, 0x0800);
  const uint8_t ip[] = {0x45, 0, 0, kLength - kIp, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  std::memcpy(frame.data() + kIp, ip, sizeof(ip));
  put16(frame, kIp + 10, checksum(std::span(frame).subspan(kIp, sizeof(ip))) ^ (good_ip ? 0 : 0x0101));
  put16(frame, kUdp, 1000);
  put16(frame, kUdp + 2, 2000);
  put16(frame, kUdp + 4, kLength - kUdp);
  put16(frame, kUdp + 6, 0);
  // The pseudo header: addresses, protocol, length.
  uint32_t sum = 17 + (kLength - kUdp);
  for (size_t at = kIp + 12; at < kUdp; at += 2) sum += get16(frame, at);
  put16(frame, kUdp + 6, checksum(std::span(frame).subspan(kUdp), sum) ^ (good_udp ? 0 : 0x0101));
  return frame;
}

}  // namespace pmd::conformance
