#include "emulation/devices/igbvf/rx_report.h"

#include <algorithm>
#include <cstring>

#include "net/checksum.h"
#include "net/headers.h"
#include "net/transport.h"
#include "nic/igbvf/descriptors.h"

namespace pmd::emulation {

namespace {

using Frame = std::span<const std::byte>;
namespace rxs = igb::rx_status;

constexpr uint16_t kRight = 0xFFFF;

/// At most `length` bytes from `at` on: a length in a header may promise more than there is.
Frame part(Frame frame, size_t at, size_t length) noexcept {
  at = std::min(at, frame.size());
  return frame.subspan(at, std::min(length, frame.size() - at));
}

uint16_t packet_type(const Headers& headers) noexcept {
  uint16_t type = 0;
  if (headers.network == Headers::Network::kIpv4) type = igb::rx_type::IPV4;
  if (headers.network == Headers::Network::kIpv6)
    type = headers.has_extensions ? igb::rx_type::IPV6_EXTENDED : igb::rx_type::IPV6;
  switch (headers.transport) {
    case Headers::Transport::kTcp:
      return type | igb::rx_type::TCP;
    case Headers::Transport::kUdp:
      return type | igb::rx_type::UDP;
    case Headers::Transport::kSctp:
      return type | igb::rx_type::SCTP;
    default:
      return type;
  }
}

uint32_t check_network(Frame frame, const Headers& headers) noexcept {
  if (headers.network != Headers::Network::kIpv4) return 0;
  const uint32_t length = headers.transport_at - headers.network_at;
  const bool right = fold_sum(add_words(part(frame, headers.network_at, length))) == kRight;
  return rxs::IPCS | (right ? 0 : rxs::IPE);
}

bool is_tcp_or_udp_right(Frame frame, const Headers& headers) noexcept {
  const uint16_t length = transport_length(frame, headers);
  const uint64_t sum =
      add_words(part(frame, headers.transport_at, length), sum_pseudo_header(frame, headers, length));
  return fold_sum(sum) == kRight;
}

/// Over all that is left of the frame, padding too: neither QEMU nor the NIC looks at the chunks' lengths.
bool is_sctp_right(Frame frame, const Headers& headers) noexcept {
  constexpr uint32_t kChecksumAt = 8, kChecksumBytes = 4;
  const Frame packet = part(frame, headers.transport_at, frame.size());
  if (packet.size() < kChecksumAt + kChecksumBytes) return false;
  constexpr std::byte kZeros[kChecksumBytes]{};
  uint32_t crc = crc32c(packet.first(kChecksumAt));
  crc = crc32c(kZeros, crc);
  crc = crc32c(packet.subspan(kChecksumAt + kChecksumBytes), crc);
  uint32_t carried;
  std::memcpy(&carried, packet.data() + kChecksumAt, sizeof(carried));
  return crc == carried;
}

uint32_t check_transport(Frame frame, const Headers& headers) noexcept {
  constexpr uint32_t kUdpChecksum = 6;
  const auto verdict = [](uint32_t checked, bool right) { return checked | (right ? 0 : rxs::L4E); };
  switch (headers.transport) {
    case Headers::Transport::kTcp:
      return verdict(rxs::L4CS, is_tcp_or_udp_right(frame, headers));
    case Headers::Transport::kUdp:
      if (load_be16(&frame[headers.transport_at + kUdpChecksum]) == 0) return 0;  // the sender made none
      return verdict(rxs::L4CS | rxs::UDPCS, is_tcp_or_udp_right(frame, headers));
    case Headers::Transport::kSctp:
      return verdict(rxs::L4CS, is_sctp_right(frame, headers));
    default:
      return 0;
  }
}

}  // namespace

RxReport report_headers(Frame frame, uint32_t type_at) noexcept {
  const Headers headers = parse_headers(frame, type_at);
  if (headers.network == Headers::Network::kOther) return {};
  return {check_network(frame, headers) | check_transport(frame, headers), packet_type(headers)};
}

}  // namespace pmd::emulation
