#include "ports/kernel/tx_header.h"

#include "net/fill_checksum.h"
#include "net/frame.h"
#include "net/segmenter.h"

namespace pmd::kernel {

VnetHeader header_for(const TxGatherer::Frame& frame) noexcept {
  VnetHeader header{};
  if (frame.segment == 0) return header;
  const iovec& first = frame.parts.front();
  const std::span head(static_cast<const std::byte*>(first.iov_base), first.iov_len);
  const Headers headers = parse_headers(head, kMacAddresses);
  const uint32_t repeated = repeated_header(head, frame.bytes, headers);
  if (repeated == 0) return header;  // it was changed meanwhile
  const bool is_udp = headers.transport == Headers::Transport::kUdp;
  header.flags = VnetHeader::kNeedsChecksum;
  header.gso_type = is_udp                                       ? VnetHeader::kUdp
                    : headers.network == Headers::Network::kIpv4 ? VnetHeader::kTcp4
                                                                 : VnetHeader::kTcp6;
  header.header_length = static_cast<uint16_t>(repeated);
  header.gso_size = static_cast<uint16_t>(frame.segment);
  header.checksum_start = static_cast<uint16_t>(headers.transport_at);
  header.checksum_offset = static_cast<uint16_t>(checksum_place(headers.transport));
  return header;
}

}  // namespace pmd::kernel
