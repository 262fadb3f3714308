#include "net/flow_hash.h"

#include <algorithm>
#include <cstring>

#include "net/frame.h"

namespace pmd {

namespace {

/// The finalizer of MurmurHash3: every bit of the input changes about half of the output's.
constexpr uint64_t mix(uint64_t value) noexcept {
  value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD;
  value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53;
  return value ^ value >> 33;
}

uint64_t load(const std::byte* at, size_t bytes) noexcept {
  uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

/// The same for both directions: the sum of what each end hashes to.
uint64_t hash_ends(const std::byte* source, const std::byte* destination, size_t bytes) noexcept {
  uint64_t one = 0, other = 0;
  for (size_t at = 0; at < bytes; at += 8) {
    const size_t n = std::min<size_t>(8, bytes - at);
    one = mix(one ^ load(source + at, n));
    other = mix(other ^ load(destination + at, n));
  }
  return one + other;
}

}  // namespace

uint32_t flow_hash(std::span<const std::byte> frame) noexcept {
  if (frame.size() < kMinFrame) return 0;
  const Headers headers = parse_headers(frame, kMacAddresses);
  if (headers.network == Headers::Network::kOther)
    return static_cast<uint32_t>(mix(load(&frame[kMacAddresses], 2)));
  const bool is_ipv4 = headers.network == Headers::Network::kIpv4;
  const std::byte* const addresses = &frame[headers.network_at + (is_ipv4 ? 12 : 8)];
  const size_t bytes = is_ipv4 ? 4 : 16;
  uint64_t hash = hash_ends(addresses, addresses + bytes, bytes);
  if (headers.transport != Headers::Transport::kOther && headers.transport_at + 4 <= frame.size()) {
    const std::byte* const ports = &frame[headers.transport_at];
    hash = mix(hash ^ headers.protocol) + hash_ends(ports, ports + 2, 2);
  }
  return static_cast<uint32_t>(mix(hash));
}

}  // namespace pmd
