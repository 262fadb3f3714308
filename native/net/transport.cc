#include "net/transport.h"

#include "net/checksum.h"
#include "net/ip.h"

namespace pmd {

uint16_t transport_length(std::span<const std::byte> frame, const Headers& headers) noexcept {
  constexpr uint32_t kUdpLength = 4, kIpv4Length = 2, kIpv6Length = 4;
  if (headers.transport == Headers::Transport::kUdp)
    return load_be16(&frame[headers.transport_at + kUdpLength]);
  const uint32_t network_header = headers.transport_at - headers.network_at;
  if (headers.network == Headers::Network::kIpv4)
    return static_cast<uint16_t>(load_be16(&frame[headers.network_at + kIpv4Length]) - network_header);
  return static_cast<uint16_t>(load_be16(&frame[headers.network_at + kIpv6Length]) -
                               (network_header - kIpv6Header));
}

uint32_t tcp_header(std::span<const std::byte> frame, const Headers& headers) noexcept {
  constexpr uint32_t kOffsetAt = 12;
  return 4 * std::to_integer<uint32_t>(frame[headers.transport_at + kOffsetAt] >> 4);
}

uint64_t sum_pseudo_header(std::span<const std::byte> frame, const Headers& headers,
                           uint16_t length) noexcept {
  const bool is_ipv4 = headers.network == Headers::Network::kIpv4;
  const auto addresses =
      is_ipv4 ? frame.subspan(headers.network_at + 12, 8) : frame.subspan(headers.network_at + 8, 32);
  const std::byte rest[] = {std::byte{0}, std::byte{headers.protocol}, static_cast<std::byte>(length >> 8),
                            static_cast<std::byte>(length)};
  return add_words(rest, add_words(addresses));
}

}  // namespace pmd
