#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/ip.h"
#include "nic/igbvf/tx_offload.h"
#include "util/lanes.h"

namespace pmd::igbvf {

/// The request that nearly all frames of a stream carry: checksums of TCP or UDP over IPv4 without options
/// and without a tag in the frame. Looks at four frames at a time, and puts into them what the device
/// expects.
class TxStream {
 public:
  /// A frame was sent that requested this. Whether later ones that request the same can go this way shows
  /// when they come.
  void learn(const TxRequest& request, const TxOffload& offload, uint32_t context) noexcept {
    namespace tx = igb::tx_context;
    constexpr uint64_t kPlainHeaders = kEthernetHeader << tx::kMacLengthShift | kIpv4Header;
    constexpr uint64_t kTag = uint64_t{UINT16_MAX} << tx::kVlanShift;
    const auto kinds = static_cast<uint32_t>(offload.context >> 32);
    const bool is_plain = (offload.context & UINT32_MAX & ~kTag) == kPlainHeaders;
    if (!is_plain || offload.headers != 0 || !(offload.status & igb::tx_status::TXSM)) return;
    if (kinds != kUdpKinds && kinds != kTcpKinds) return;
    work_ = request.work;
    is_tcp_ = kinds == kTcpKinds;
    command_ = offload.command;
    status_ = offload.status | context << igb::tx_status::kContextShift;
    context_ = offload.context;
  }
  void forget() noexcept { work_ = 0; }

  /// What a frame requests that goes this way; 0: none does.
  uint32_t work() const noexcept { return work_; }
  uint64_t context() const noexcept { return context_; }
  uint32_t context_index() const noexcept { return status_ >> igb::tx_status::kContextShift & 1; }
  uint32_t command() const noexcept { return command_; }
  uint32_t status() const noexcept { return status_; }

  /// Of four frames of 60 bytes at least, at these positions in the pool. False, with nothing changed, when
  /// one of them is another kind of frame.
  bool seed(std::byte* pool, U32x4 positions, U32x4 lengths) const noexcept;

 private:
  static constexpr uint32_t kEthernetHeader = 14;
  // As tx_offload.cc has the kinds of a context.
  static constexpr uint32_t kUdpKinds = igb::tx_context::IPV4 >> 10;
  static constexpr uint32_t kTcpKinds = (igb::tx_context::IPV4 | igb::tx_context::TCP) >> 10;

  /// Sixteen bits of a lane in network order.
  static U32x4 swapped(U32x4 lanes) noexcept { return (lanes << 8 & 0xFF00) | lanes >> 8; }
  /// A word of each of four headers.
  static U32x4 column(U64x2 first, U64x2 second, bool upper) noexcept {
    return std::bit_cast<U32x4>(upper ? interleave_high(first, second) : interleave_low(first, second));
  }

  uint32_t work_ = 0;
  bool is_tcp_ = false;
  uint32_t command_ = 0;
  uint32_t status_ = 0;
  uint64_t context_ = 0;
};

inline bool TxStream::seed(std::byte* pool, U32x4 positions, U32x4 lengths) const noexcept {
  // Words from byte 12 on: EtherType, version and length of the header; total length; fragment, protocol.
  constexpr uint32_t kTypeAt = 12, kAddressesAt = 26, kIpChecksumAt = 24;
  constexpr U32x4 kLooked{0x00FFFFFF, 0, 0xFF00FF3F, 0};
  constexpr uint32_t kIpv4WithoutOptions = 0x00450008;
  const uint32_t protocol = is_tcp_ ? ip_protocol::kTcp : ip_protocol::kUdp;
  const U32x4 wanted{kIpv4WithoutOptions, 0, protocol << 24, 0};

  std::array<uint32_t, 4> at;
  store_lanes(at.data(), positions);
  std::array<std::byte*, 4> frames;
  std::array<U32x4, 4> heads, tails;
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    frames[i] = pool + at[i];
    heads[i] = load_lanes<U32x4>(frames[i] + kTypeAt);
    tails[i] = load_lanes<U32x4>(frames[i] + kAddressesAt);
  }
  U32x4 wrong =
      ((heads[0] ^ wanted) | (heads[1] ^ wanted) | (heads[2] ^ wanted) | (heads[3] ^ wanted)) & kLooked;
  const auto pairs = [](U32x4 a, U32x4 b) { return std::bit_cast<U64x2>(interleave_low(a, b)); };
  const auto upper_pairs = [](U32x4 a, U32x4 b) { return std::bit_cast<U64x2>(interleave_high(a, b)); };
  const U32x4 totals = column(pairs(heads[0], heads[1]), pairs(heads[2], heads[3]), true);
  const U64x2 first = pairs(tails[0], tails[1]), second = pairs(tails[2], tails[3]);
  const U32x4 sources = column(first, second, false), destinations = column(first, second, true);
  const U32x4 segments = swapped(lengths - (kEthernetHeader + kIpv4Header));
  wrong |= (totals ^ swapped(lengths - kEthernetHeader)) & 0xFFFF;
  if (!is_tcp_) {
    const U32x4 datagrams = column(upper_pairs(tails[0], tails[1]), upper_pairs(tails[2], tails[3]), true);
    wrong |= (datagrams ^ segments) & 0xFFFF;
  }
  if (any_of(wrong)) return false;

  U32x4 sums = (sources & 0xFFFF) + (sources >> 16) + (destinations & 0xFFFF) + (destinations >> 16) +
               segments + (protocol << 8);
  sums = (sums & 0xFFFF) + (sums >> 16);
  sums = (sums & 0xFFFF) + (sums >> 16);
  const uint32_t checksum_at = kEthernetHeader + kIpv4Header + (is_tcp_ ? 16 : 6);
  std::array<uint32_t, 4> seeds;
  store_lanes(seeds.data(), sums);
  const bool sums_header = (status_ & igb::tx_status::IXSM) != 0;
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    std::memcpy(frames[i] + checksum_at, &seeds[i], sizeof(uint16_t));
    if (sums_header) std::memset(frames[i] + kIpChecksumAt, 0, sizeof(uint16_t));
  }
  return true;
}

}  // namespace pmd::igbvf
