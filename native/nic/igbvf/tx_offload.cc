#include "nic/igbvf/tx_offload.h"

#include "net/fill_checksum.h"
#include "net/frame.h"
#include "net/segmenter.h"
#include "net/transport.h"

namespace pmd::igbvf {

namespace {

namespace context = igb::tx_context;
using Transport = Headers::Transport;

// A context in 64 bits: the address word, and above it the word of lengths, whose lowest byte, free there,
// has the kinds of headers.
constexpr uint32_t kKinds = 0xFF;
constexpr unsigned kKindShift = 10;
static_assert(((context::IPV4 | context::TCP | context::SCTP) >> kKindShift & ~kKinds) == 0);

/// Bytes of headers that the device repeats, at most: DPDK's limit.
constexpr uint32_t kMaxHeaders = 512;

uint64_t kinds_of(const Headers& headers) noexcept {
  const uint32_t network = headers.network == Headers::Network::kIpv4 ? context::IPV4 : 0;
  const uint32_t transport = headers.transport == Transport::kTcp    ? context::TCP
                             : headers.transport == Transport::kSctp ? context::SCTP
                                                                     : 0;
  return uint64_t{(network | transport) >> kKindShift} << 32;
}

/// Whether the device can be told where the headers are.
bool can_name(const Headers& headers) noexcept {
  return headers.network_at < 1u << context::kMacLengthBits &&
         headers.transport_at - headers.network_at < 1u << context::kNetworkLengthBits;
}

void name(const Headers& headers, TxOffload& offload) noexcept {
  offload.context |= kinds_of(headers) | headers.network_at << context::kMacLengthShift |
                     (headers.transport_at - headers.network_at);
}

/// Where IP says less than there is on the wire, QEMU's model writes another length into its header.
bool ends_with_frame(const TxFrame& frame, const Headers& headers) noexcept {
  constexpr uint32_t kLengthAt = 2;
  return frame.bytes >= kMinFrameOnWire &&
         load_be16(&frame.head[headers.network_at + kLengthAt]) == frame.bytes - headers.network_at;
}

bool plan_ip_checksum(const TxFrame& frame, const Headers& headers, TxOffload& offload) noexcept {
  if (!seed_ip_checksum(frame.head, headers)) return false;
  if (!ends_with_frame(frame, headers)) return fill_ip_checksum(frame.head, headers);
  offload.status |= igb::tx_status::IXSM;
  name(headers, offload);
  return true;
}

/// The device sums all that lies behind the headers: what does not belong to the datagram too, and of SCTP
/// the padding. QEMU's model counts padding to the length in the pseudo header.
bool sums_right(const TxFrame& frame, const Headers& headers) noexcept {
  const uint32_t end = headers.transport_at + transport_length(frame.head, headers);
  return end == frame.bytes && frame.bytes >= kMinFrameOnWire && can_name(headers);
}

bool plan_l4_checksum(const TxFrame& frame, const Headers& headers, TxOffload& offload) noexcept {
  if (headers.transport == Transport::kOther || !is_sound(headers, frame.bytes)) return false;
  if (headers.transport_at + least_header(headers.transport) > frame.head.size()) return false;
  if (!sums_right(frame, headers))
    return frame.head.size() == frame.bytes && fill_l4_checksum(frame.head, headers);
  seed_l4_checksum(frame.head, headers, transport_length(frame.head, headers));
  offload.status |= igb::tx_status::TXSM;
  name(headers, offload);
  return true;
}

/// Lengths in the headers of such a frame are not looked at: the device sets them in each segment.
Refusal plan_segments(const TxFrame& frame, const Headers& headers, uint32_t segment, bool is_tagged,
                      TxOffload& offload) noexcept {
  const uint32_t header = repeated_header(frame.head, frame.bytes, headers);
  if (header == 0) return Refusal::kRequest;
  if (segments(frame.bytes - header, segment) > tx_request::kMaxSegments) return Refusal::kRequest;
  const uint32_t transport = header - headers.transport_at;
  if (header + segment + (is_tagged ? kVlanTag : 0) > frame.longest) return Refusal::kFrameLength;
  if (frame.bytes - headers.network_at > UINT16_MAX) return Refusal::kFrameLength;
  if (headers.transport != Transport::kTcp || header > kMaxHeaders || !can_name(headers)) {
    offload.is_cut_here = true;
    return Refusal{};
  }
  if (headers.network == Headers::Network::kIpv4) {
    seed_ip_checksum(frame.head, headers);
    offload.status |= igb::tx_status::IXSM;
  }
  // Without a length, which each segment has for itself (7.2.4.4).
  seed_l4_checksum(frame.head, headers, 0);
  offload.status |= igb::tx_status::TXSM;
  offload.command |= igb::tx_cmd::TSE;
  offload.headers = header;
  name(headers, offload);
  offload.context |= uint64_t{segment << context::kSegmentShift | transport << context::kTransportLengthShift}
                     << 32;
  return Refusal{};
}

}  // namespace

Refusal plan_offload(const TxRequest& request, const TxFrame& frame, TxOffload& offload) noexcept {
  if (!request.is_known() || frame.head.size() < kMinFrame) return Refusal::kRequest;
  const bool is_tagged = request.wants(tx_request::kVlan);
  if (is_tagged) {
    offload.command |= igb::tx_cmd::VLE;
    offload.context |= uint32_t{request.tci()} << context::kVlanShift;
  }
  if (request.segment == 0 && !request.wants(tx_request::kIpChecksum | tx_request::kL4Checksum))
    return Refusal{};
  const Headers headers = parse_headers(frame.head, kMacAddresses);
  if (request.segment != 0) return plan_segments(frame, headers, request.segment, is_tagged, offload);
  if (request.wants(tx_request::kIpChecksum) && !plan_ip_checksum(frame, headers, offload))
    return Refusal::kRequest;
  if (request.wants(tx_request::kL4Checksum) && !plan_l4_checksum(frame, headers, offload))
    return Refusal::kRequest;
  return Refusal{};
}

igb::TxDescriptor context_descriptor(uint64_t context, uint32_t index) noexcept {
  const auto lengths = static_cast<uint32_t>(context >> 32);
  return {.address = context & UINT32_MAX,
          .cmd_type_length = igb::tx_cmd::DTYP_CONTEXT | igb::tx_cmd::DEXT | (lengths & kKinds) << kKindShift,
          .olinfo_status = (lengths & ~kKinds) | index << igb::tx_status::kContextShift};
}

}  // namespace pmd::igbvf
