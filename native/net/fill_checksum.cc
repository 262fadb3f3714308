#include "net/fill_checksum.h"

#include <cstring>

#include "net/checksum.h"
#include "net/transport.h"

namespace pmd {

namespace {

using Frame = std::span<std::byte>;

void store(Frame frame, size_t at, uint16_t checksum) noexcept {
  std::memcpy(&frame[at], &checksum, sizeof(checksum));
}

/// Where the checksum stands in the header of a transport, and how long that header is at least.
struct Place {
  size_t at;
  size_t header;
};
Place place_in(Headers::Transport transport) noexcept {
  switch (transport) {
    case Headers::Transport::kTcp:
      return {16, 20};
    case Headers::Transport::kUdp:
      return {6, 8};
    default:
      return {8, 12};  // SCTP
  }
}

}  // namespace

bool fill_ip_checksum(Frame frame, const Headers& headers) noexcept {
  constexpr size_t kChecksumAt = 10;
  if (headers.network != Headers::Network::kIpv4 || headers.transport_at > frame.size()) return false;
  const Frame header = frame.subspan(headers.network_at, headers.transport_at - headers.network_at);
  if (header.size() < kChecksumAt + 2) return false;
  store(header, kChecksumAt, 0);
  store(header, kChecksumAt, static_cast<uint16_t>(~fold_sum(add_words(header))));
  return true;
}

bool fill_l4_checksum(Frame frame, const Headers& headers) noexcept {
  if (headers.transport == Headers::Transport::kOther) return false;
  const uint16_t length = transport_length(frame, headers);
  const Place place = place_in(headers.transport);
  if (length < place.header || headers.transport_at + length > frame.size()) return false;
  const Frame segment = frame.subspan(headers.transport_at, length);
  if (headers.transport == Headers::Transport::kSctp) {
    constexpr uint32_t kNone = 0;
    std::memcpy(&segment[place.at], &kNone, sizeof(kNone));
    const uint32_t crc = crc32c(segment);
    std::memcpy(&segment[place.at], &crc, sizeof(crc));
    return true;
  }
  store(segment, place.at, 0);
  const uint64_t sum = add_words(segment, sum_pseudo_header(frame, headers, length));
  const auto checksum = static_cast<uint16_t>(~fold_sum(sum));
  // UDP: 0 means that there is none (RFC 768).
  const bool is_udp = headers.transport == Headers::Transport::kUdp;
  store(segment, place.at, checksum == 0 && is_udp ? 0xFFFF : checksum);
  return true;
}

}  // namespace pmd
