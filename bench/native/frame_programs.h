#pragma once

// Programs that are run on each frame, with no library: g++ compiles them for this machine, and clang for
// WebAssembly. examples/assembly/router.ts and bench/programs/ have the same in AssemblyScript.

#include <stdint.h>

namespace pmd::bench {

inline uint16_t load16(const uint8_t* at) noexcept {
  uint16_t value;
  __builtin_memcpy(&value, at, sizeof(value));
  return value;
}
inline uint32_t load32(const uint8_t* at) noexcept {
  uint32_t value;
  __builtin_memcpy(&value, at, sizeof(value));
  return value;
}
inline uint64_t load64(const uint8_t* at) noexcept {
  uint64_t value;
  __builtin_memcpy(&value, at, sizeof(value));
  return value;
}
template <typename Value>
void store(uint8_t* at, Value value) noexcept {
  __builtin_memcpy(at, &value, sizeof(value));
}

constexpr uint32_t kKeep = 0;
constexpr uint32_t kDrop = 1;
constexpr uint32_t kPort = 2;
constexpr uint16_t kIpv4 = 0x0008;  // as a little-endian machine reads it

/// Writes both MAC addresses.
struct RewriteBothMacs {
  uint32_t operator()(uint8_t* frame, uint32_t) noexcept {
    store(frame, uint64_t{0x0002'0200'0000'0002});
    store(frame + 8, uint32_t{0x0100'0000});
    return kPort;
  }
};

/// Chooses a port by a hash of addresses, ports and protocol.
struct HashFlow {
  uint32_t operator()(uint8_t* frame, uint32_t length) noexcept {
    if (length < 42 || load16(frame + 12) != kIpv4) return kKeep;
    uint32_t hash = load32(frame + 26) ^ load32(frame + 30) * 0x9E37'79B1u ^ load32(frame + 34) ^ frame[23];
    hash = (hash ^ hash >> 16) * 0x85EB'CA6Bu;
    hash = (hash ^ hash >> 13) * 0xC2B2'AE35u;
    return kPort + ((hash ^ hash >> 16) & 3);
  }
};

/// The router of examples/assembly/router.ts, with one route.
class Router {
 public:
  Router() noexcept {
    // 10.0.0.2/32 by route 1.
    const uint8_t address[4] = {10, 0, 0, 2};
    for (uint32_t node = 0; node < 4; ++node)
      nodes_[node << 8 | address[node]] = node < 3 ? (node + 1) << 16 : 1;
    hops_[1] = {{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8}, 1};
  }
  uint32_t operator()(uint8_t* frame, uint32_t length) noexcept {
    if (length < 34 || load16(frame + 12) != kIpv4 || (frame[0] & 1) != 0) return kKeep;
    uint8_t* const header = frame + 14;
    const uint32_t bytes = (header[0] & 15u) << 2;
    if (header[0] >> 4 != 4 || bytes < 20 || bytes + 14 > length || !is_sound(header, bytes)) return kDrop;
    const uint32_t route = lookup(__builtin_bswap32(load32(header + 16)));
    if (route == 0 || header[8] < 2) return kKeep;
    --header[8];
    const uint32_t checksum = load16(header + 10) + 1u;
    store(header + 10, static_cast<uint16_t>(checksum + (checksum >> 16)));
    const Hop& hop = hops_[route];
    store(frame, load64(hop.addresses));
    store(frame + 8, load32(hop.addresses + 8));
    return kPort + hop.port;
  }

 private:
  struct Hop {
    uint8_t addresses[12];
    uint32_t port;
  };

  uint32_t lookup(uint32_t address) const noexcept {
    uint32_t route = 0;
    uint32_t node = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
      const uint32_t entry = nodes_[node << 8 | (address >> shift & 255)];
      if ((entry & 0xFFFF) != 0) route = entry & 0xFFFF;
      node = entry >> 16;
      if (node == 0) break;
    }
    return route;
  }
  static bool is_sound(const uint8_t* header, uint32_t bytes) noexcept {
    uint64_t sum = 0;
    for (uint32_t at = 0; at < bytes; at += 4) sum += load32(header + at);
    sum = (sum & 0xFFFF'FFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
    return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
  }

  uint32_t nodes_[4 << 8] = {};
  Hop hops_[2] = {};
};

}  // namespace pmd::bench
