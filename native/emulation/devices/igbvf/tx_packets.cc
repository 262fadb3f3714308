#include "emulation/devices/igbvf/tx_packets.h"

#include <algorithm>
#include <cstring>

#include "net/checksum.h"
#include "net/frame.h"

namespace pmd::emulation {

namespace {

namespace cmd = igb::tx_cmd;
namespace ctx = igb::tx_context;
namespace olinfo = igb::tx_status;
using Transport = TxContext::Transport;
using Bytes = std::span<std::byte>;

constexpr uint32_t bits(uint32_t word, unsigned shift, unsigned count) {
  return word >> shift & ((1u << count) - 1);
}

Transport transport_of(uint32_t command) {
  if ((command & (ctx::TCP | ctx::SCTP)) == (ctx::TCP | ctx::SCTP)) return Transport::kReserved;
  return command & ctx::TCP ? Transport::kTcp : command & ctx::SCTP ? Transport::kSctp : Transport::kUdp;
}

uint32_t least_header(Transport transport) {
  return transport == Transport::kTcp ? 20 : transport == Transport::kUdp ? 8 : 12;
}

void add_be32(std::byte* at, uint32_t add) {
  const uint32_t value = load_be32(at) + add;
  store_be16(at, value >> 16);
  store_be16(at + 2, value & 0xFFFF);
}

void store_sum(std::byte* at, uint64_t sum, bool never_zero) {
  auto checksum = static_cast<uint16_t>(~fold_sum(sum));
  if (checksum == 0 && never_zero) checksum = 0xFFFF;
  std::memcpy(at, &checksum, sizeof(checksum));
}

}  // namespace

TxContext::TxContext(const igb::TxDescriptor& descriptor) noexcept
    : is_valid(true),
      is_ipv4((descriptor.cmd_type_length & ctx::IPV4) != 0),
      transport(transport_of(descriptor.cmd_type_length)) {
  const auto lengths = static_cast<uint32_t>(descriptor.address);
  tci = static_cast<uint16_t>(lengths >> ctx::kVlanShift);
  mac_length = bits(lengths, ctx::kMacLengthShift, ctx::kMacLengthBits);
  network_length = bits(lengths, 0, ctx::kNetworkLengthBits);
  transport_length = bits(descriptor.olinfo_status, ctx::kTransportLengthShift, ctx::kTransportLengthBits);
  segment = descriptor.olinfo_status >> ctx::kSegmentShift;
}

bool TxPackets::begin(const igb::TxDescriptor& first, const TxContext& context,
                      std::span<const std::byte> frame) noexcept {
  frame_ = frame;
  context_ = context;
  has_tag_ = (first.cmd_type_length & cmd::VLE) != 0;
  is_cut_ = (first.cmd_type_length & cmd::TSE) != 0;
  sums_network_ = (first.olinfo_status & olinfo::IXSM) != 0;
  sums_transport_ = (first.olinfo_status & olinfo::TXSM) != 0;
  header_ = 0;
  count_ = 1;
  if (frame.size() < kMinFrame) return false;
  if ((has_tag_ || is_cut_ || sums_network_ || sums_transport_) && !context.is_valid) return false;
  if (!check_checksums() || (is_cut_ && !check_segments())) return false;
  // PAYLEN is what the packets do not repeat (7.2.2.3.11).
  if (first.olinfo_status >> olinfo::kPayloadLengthShift != frame.size() - header_) return false;
  const uint32_t longest = is_cut_ ? header_ + context_.segment : static_cast<uint32_t>(frame.size());
  return longest + (has_tag_ ? kVlanTag : 0) <= kMostBytes;
}

bool TxPackets::check_checksums() const noexcept {
  if (!sums_network_ && !sums_transport_) return true;
  if (context_.mac_length < kMinFrame || transport_at() > frame_.size()) return false;
  if (sums_network_ && !(context_.is_ipv4 && context_.network_length >= 20)) return false;
  if (!sums_transport_) return true;
  return context_.transport != Transport::kReserved &&
         transport_at() + least_header(context_.transport) <= frame_.size();
}

/// Segments get checksums in any case, and so what checksums need must be there.
bool TxPackets::check_segments() noexcept {
  const bool knows = context_.transport == Transport::kTcp || context_.transport == Transport::kUdp;
  if (!knows || !sums_transport_ || sums_network_ != context_.is_ipv4 || context_.segment == 0) return false;
  if (!context_.is_ipv4 && context_.network_length < 40) return false;
  if (context_.transport_length < least_header(context_.transport)) return false;
  header_ = transport_at() + context_.transport_length;
  if (header_ >= frame_.size()) return false;
  count_ = (static_cast<uint32_t>(frame_.size()) - header_ + context_.segment - 1) / context_.segment;
  return true;
}

std::span<const std::byte> TxPackets::packet(uint32_t number) noexcept {
  if (!has_tag_ && !is_cut_ && !sums_network_ && !sums_transport_) return frame_;
  const auto size = static_cast<uint32_t>(frame_.size());
  const uint32_t begin = is_cut_ ? header_ + number * context_.segment : header_;
  const Bytes packet = build(begin, is_cut_ ? std::min(begin + context_.segment, size) : size);
  if (is_cut_) {
    set_network(packet, number);
    set_transport(packet, number);
  }
  if (sums_network_) sum_network(packet);
  if (sums_transport_) sum_transport(packet);
  if (!has_tag_) return packet;
  insert_vlan_tag(packet.data(), kEtherTypeVlan, context_.tci);
  return {packet.data() - kVlanTag, packet.size() + kVlanTag};
}

/// The headers, and the payload from one place in the frame to another.
Bytes TxPackets::build(uint32_t payload_at, uint32_t end) noexcept {
  if (!built_) built_.reset(new std::byte[kMostBytes + kVlanTag]);
  std::byte* const packet = built_.get() + kVlanTag;
  std::memcpy(packet, frame_.data(), header_);
  std::memcpy(packet + header_, frame_.data() + payload_at, end - payload_at);
  return {packet, header_ + end - payload_at};
}

/// Lengths and the id (7.2.4.7).
void TxPackets::set_network(Bytes packet, uint32_t number) const noexcept {
  std::byte* const ip = packet.data() + network_at();
  const uint32_t length = static_cast<uint32_t>(packet.size()) - network_at();
  if (!context_.is_ipv4) return store_be16(ip + 4, length - 40);
  store_be16(ip + 2, length);
  store_be16(ip + 4, load_be16(ip + 4) + number);
}

/// The sequence number and flags of TCP, the length of UDP. The masks of flags are DTXTCPFLGL's and
/// DTXTCPFLGH's after a reset.
void TxPackets::set_transport(Bytes packet, uint32_t number) const noexcept {
  std::byte* const transport = packet.data() + transport_at();
  if (context_.transport == Transport::kUdp)
    return store_be16(transport + 4, static_cast<uint32_t>(packet.size()) - transport_at());
  constexpr std::byte kFin{0x01}, kPsh{0x08}, kCwr{0x80};
  add_be32(transport + 4, number * context_.segment);
  if (number + 1 < count_) transport[13] &= ~(kFin | kPsh);
  if (number > 0) transport[13] &= ~kCwr;
}

void TxPackets::sum_network(Bytes packet) const noexcept {
  const Bytes header = packet.subspan(network_at(), context_.network_length);
  store_be16(&header[10], 0);
  store_sum(&header[10], add_words(header), false);
}

/// All that lies behind the network's header. The driver has put the sum of the pseudo header where the
/// checksum goes, without the length of what it has cut.
void TxPackets::sum_transport(Bytes packet) const noexcept {
  const Bytes segment = packet.subspan(transport_at());
  if (context_.transport == Transport::kSctp) {
    const uint32_t crc = crc32c(segment);
    std::memcpy(&segment[8], &crc, sizeof(crc));
    return;
  }
  const auto size = static_cast<uint32_t>(segment.size());
  const std::byte length[] = {static_cast<std::byte>(size >> 8), static_cast<std::byte>(size)};
  const bool is_udp = context_.transport == Transport::kUdp;
  const uint64_t sum = add_words(segment, is_cut_ ? add_words(length) : 0);
  store_sum(&segment[is_udp ? 6 : 16], sum, is_udp);
}

}  // namespace pmd::emulation
