#include "net/fill_checksum.h"

#include <algorithm>
#include <cstring>

#include "net/checksum.h"
#include "net/ip.h"
#include "net/transport.h"

namespace pmd {

namespace {

using Frame = std::span<std::byte>;

void store(Frame frame, size_t at, uint16_t checksum) noexcept {
  std::memcpy(&frame[at], &checksum, sizeof(checksum));
}

constexpr size_t kIpChecksumAt = 10;

}  // namespace

bool is_sound(const Headers& headers, size_t frame_bytes) noexcept {
  const uint32_t least = headers.network == Headers::Network::kIpv4 ? kIpv4Header : kIpv6Header;
  return headers.network != Headers::Network::kOther && headers.transport_at <= frame_bytes &&
         headers.transport_at >= headers.network_at + least;
}

uint32_t checksum_place(Headers::Transport transport) noexcept {
  switch (transport) {
    case Headers::Transport::kTcp:
      return 16;
    case Headers::Transport::kUdp:
      return 6;
    default:
      return 8;  // SCTP
  }
}

uint32_t least_header(Headers::Transport transport) noexcept {
  switch (transport) {
    case Headers::Transport::kTcp:
      return kTcpHeader;
    case Headers::Transport::kUdp:
      return kUdpHeader;
    default:
      return kSctpHeader;
  }
}

bool seed_ip_checksum(Frame frame, const Headers& headers) noexcept {
  if (headers.network != Headers::Network::kIpv4 || !is_sound(headers, frame.size())) return false;
  store(frame, headers.network_at + kIpChecksumAt, 0);
  return true;
}

bool fill_ip_checksum(Frame frame, const Headers& headers) noexcept {
  if (!seed_ip_checksum(frame, headers)) return false;
  const Frame header = frame.subspan(headers.network_at, headers.transport_at - headers.network_at);
  store(header, kIpChecksumAt, static_cast<uint16_t>(~fold_sum(add_words(header))));
  return true;
}

void seed_l4_checksum(Frame frame, const Headers& headers, uint16_t length) noexcept {
  const size_t at = headers.transport_at + checksum_place(headers.transport);
  if (headers.transport == Headers::Transport::kSctp) {
    constexpr uint32_t kNone = 0;
    std::memcpy(&frame[at], &kNone, sizeof(kNone));
    return;
  }
  store(frame, at, fold_sum(sum_pseudo_header(frame, headers, length)));
}

namespace {

/// Calls `use` with so many bytes from `at` on, part by part. False, with nothing done, when there are fewer.
template <typename Use>
bool for_parts(std::span<const std::byte> head, Rest rest, size_t at, size_t length, Use use) noexcept {
  size_t bytes = head.size();
  for (const auto& part : rest) bytes += part.size();
  if (at > head.size() || at + length > bytes) return false;
  const size_t of_head = std::min(length, head.size() - at);
  use(head.subspan(at, of_head));
  length -= of_head;
  for (auto part = rest.begin(); length > 0; ++part) {
    const size_t of_part = std::min(length, part->size());
    use(part->first(of_part));
    length -= of_part;
  }
  return true;
}

/// Bytes that the transport's checksum covers; 0: there is none, or its header is not there.
uint16_t covered(std::span<const std::byte> head, const Headers& headers) noexcept {
  if (headers.transport == Headers::Transport::kOther || !is_sound(headers, head.size())) return 0;
  const uint32_t least = least_header(headers.transport);
  if (headers.transport_at + least > head.size()) return 0;
  const uint16_t length = transport_length(head, headers);
  return length < least ? 0 : length;
}

/// CRC-32C of so many bytes, at `at` zeros in the checksum's place.
bool sum_sctp(std::span<const std::byte> head, Rest rest, size_t at, size_t length, uint32_t& crc) noexcept {
  const size_t checksum_at = at + checksum_place(Headers::Transport::kSctp);
  constexpr std::byte kNone[4]{};
  crc = crc32c(kNone, crc32c(head.subspan(at, checksum_at - at)));
  const size_t rest_at = checksum_at + sizeof(kNone);
  return for_parts(head, rest, rest_at, length - (rest_at - at),
                   [&](std::span<const std::byte> part) { crc = crc32c(part, crc); });
}

}  // namespace

bool fill_l4_checksum(Frame head, const Headers& headers, Rest rest) noexcept {
  const uint16_t length = covered(head, headers);
  if (length == 0) return false;
  const size_t at = headers.transport_at + checksum_place(headers.transport);
  if (headers.transport == Headers::Transport::kSctp) {
    uint32_t crc = 0;
    if (!sum_sctp(head, rest, headers.transport_at, length, crc)) return false;
    std::memcpy(&head[at], &crc, sizeof(crc));
    return true;
  }
  uint16_t before;
  std::memcpy(&before, &head[at], sizeof(before));
  // The seed stands for the pseudo header.
  seed_l4_checksum(head, headers, length);
  PartSum sum;
  if (!for_parts(head, rest, headers.transport_at, length, [&](auto part) { sum.add(part); })) {
    store(head, at, before);
    return false;
  }
  const auto checksum = static_cast<uint16_t>(~sum.folded());
  // UDP: 0 means that there is none (RFC 768).
  const bool is_udp = headers.transport == Headers::Transport::kUdp;
  store(head, at, checksum == 0 && is_udp ? 0xFFFF : checksum);
  return true;
}

Verdicts check_checksums(std::span<const std::byte> head, const Headers& headers, Rest rest) noexcept {
  constexpr uint16_t kRight = 0xFFFF;
  const auto verdict = [](bool right) { return right ? Verdict::kGood : Verdict::kBad; };
  Verdicts verdicts;
  if (headers.network == Headers::Network::kIpv4 && is_sound(headers, head.size())) {
    const auto header = head.subspan(headers.network_at, headers.transport_at - headers.network_at);
    verdicts.network = verdict(fold_sum(add_words(header)) == kRight);
  }
  const uint16_t length = covered(head, headers);
  if (length == 0) return verdicts;
  const size_t at = headers.transport_at + checksum_place(headers.transport);
  if (headers.transport == Headers::Transport::kSctp) {
    uint32_t crc = 0, carried;
    std::memcpy(&carried, &head[at], sizeof(carried));
    if (sum_sctp(head, rest, headers.transport_at, length, crc)) verdicts.transport = verdict(crc == carried);
    return verdicts;
  }
  // UDP: the sender made none.
  if (headers.transport == Headers::Transport::kUdp && load_be16(&head[at]) == 0) return verdicts;
  PartSum sum(sum_pseudo_header(head, headers, length));
  if (for_parts(head, rest, headers.transport_at, length, [&](auto part) { sum.add(part); }))
    verdicts.transport = verdict(sum.folded() == kRight);
  return verdicts;
}

}  // namespace pmd
