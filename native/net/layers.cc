#include "net/layers.h"

#include <algorithm>

#include "net/frame.h"
#include "net/headers.h"
#include "net/ip.h"

namespace pmd {

namespace {

using Fault = Layers::Fault;
using Fragment = Layers::Fragment;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> frame) noexcept : frame_(frame.data()), size_(frame.size()) {
    layers_.end = static_cast<uint32_t>(frame.size());
  }

  Layers read() noexcept {
    const uint32_t type_at = read_tags();
    if (type_at == 0) return fail(Fault::kEthernet);
    layers_.ether_type = load_be16(frame_ + type_at);
    layers_.l3_at = layers_.payload_at = type_at + 2;
    if (layers_.ether_type == kEtherTypeIpv4) return read_ipv4(layers_.l3_at);
    if (layers_.ether_type == kEtherTypeIpv6) return read_ipv6(layers_.l3_at);
    return layers_;
  }

 private:
  uint8_t byte(uint32_t at) const noexcept { return std::to_integer<uint8_t>(frame_[at]); }
  bool holds(uint32_t at, uint32_t bytes) const noexcept { return size_t{at} + bytes <= size_; }
  /// The same of what IP says is the datagram's.
  bool is_inside(uint32_t at, uint32_t bytes) const noexcept { return uint64_t{at} + bytes <= layers_.end; }
  Layers fail(Fault fault) noexcept {
    layers_.fault = fault;
    return layers_;
  }

  static bool is_tag(uint16_t type) noexcept {
    return type == kEtherTypeVlan || type == kEtherTypeServiceVlan;
  }

  /// Where the EtherType stands; 0: it is not whole. A tag that is whole counts where what follows is not.
  uint32_t read_tags() noexcept {
    uint32_t at = kMacAddresses;
    for (int32_t* const tag : {&layers_.outer_tag, &layers_.inner_tag}) {
      if (!holds(at, 2) || !is_tag(load_be16(frame_ + at))) break;
      if (holds(at, kVlanTag)) *tag = load_be16(frame_ + at + 2);
      at += kVlanTag;
    }
    return holds(at, 2) ? at : 0;
  }

  /// The payload ends `length` bytes behind `at`, or where the frame does. Whether the frame ends before.
  bool end_after(uint32_t at, uint32_t length) noexcept {
    layers_.end = static_cast<uint32_t>(std::min<size_t>(size_, size_t{at} + length));
    return size_t{at} + length > size_;
  }

  Layers read_ipv4(uint32_t at) noexcept {
    if (!holds(at, kIpv4Header)) return fail(Fault::kIp);
    const uint8_t first = byte(at);
    const uint32_t header = (first & 0x0Fu) * 4;
    const uint32_t total = load_be16(frame_ + at + 2);
    if (first >> 4 != 4 || header < kIpv4Header || !holds(at, header) || total < header)
      return fail(Fault::kIp);
    layers_.version = 4;
    layers_.protocol = byte(at + 9);
    layers_.payload_at = at + header;
    const bool truncated = end_after(at, total);
    constexpr uint16_t kMoreOrOffset = 0x3FFF, kOffset = 0x1FFF;
    const uint16_t fragment = load_be16(frame_ + at + 6);
    if (fragment & kMoreOrOffset) layers_.fragment = fragment & kOffset ? Fragment::kLater : Fragment::kFirst;
    return read_transport(truncated);
  }

  Layers read_ipv6(uint32_t at) noexcept {
    if (!holds(at, kIpv6Header) || byte(at) >> 4 != 6) return fail(Fault::kIp);
    layers_.version = 6;
    const bool truncated = end_after(at, kIpv6Header + load_be16(frame_ + at + 4));
    uint8_t announced = byte(at + 6);
    at += kIpv6Header;
    bool whole = true;
    while (whole && ipv6_extension::is_one(announced) && layers_.fragment != Fragment::kLater)
      whole = read_extension(announced, at);
    layers_.protocol = announced;
    layers_.payload_at = at;
    return whole ? read_transport(truncated) : fail(Fault::kExtension);
  }

  /// Goes on to what follows an extension header. False, and nothing changed, when it is not whole.
  bool read_extension(uint8_t& announced, uint32_t& at) noexcept {
    if (!is_inside(at, 8)) return false;
    const uint32_t length = ipv6_extension::length(announced, byte(at + 1));
    if (!is_inside(at, length)) return false;
    if (announced == ipv6_extension::kFragment)
      layers_.fragment = load_be16(frame_ + at + 2) & 0xFFF8 ? Fragment::kLater : Fragment::kFirst;
    announced = byte(at);
    at += length;
    return true;
  }

  Layers read_transport(bool truncated) noexcept {
    if (layers_.fragment != Fragment::kLater) {
      layers_.l4_at = layers_.payload_at;
      const int32_t header = transport_header(layers_.l4_at);
      if (header < 0) return fail(Fault::kTransport);
      layers_.payload_at += static_cast<uint32_t>(header);
    }
    return truncated ? fail(Fault::kTruncated) : layers_;
  }

  /// Bytes of the transport's header; 0 of one that is not read, negative when it is not whole.
  int32_t transport_header(uint32_t at) const noexcept {
    const auto whole = [&](uint32_t bytes) {
      return is_inside(at, bytes) ? static_cast<int32_t>(bytes) : -1;
    };
    switch (layers_.protocol) {
      case ip_protocol::kTcp: {
        if (!is_inside(at, kTcpHeader)) return -1;
        const uint32_t header = (byte(at + 12) >> 4) * 4u;
        return header < kTcpHeader ? -1 : whole(header);
      }
      case ip_protocol::kUdp:
        return is_inside(at, kUdpHeader) && load_be16(frame_ + at + 4) >= kUdpHeader ? whole(kUdpHeader) : -1;
      case ip_protocol::kSctp:
        return whole(kSctpHeader);
      case ip_protocol::kIcmp:
        return layers_.version == 4 ? whole(kIcmpHeader) : 0;
      case ip_protocol::kIcmp6:
        return layers_.version == 6 ? whole(kIcmpHeader) : 0;
      default:
        return 0;
    }
  }

  const std::byte* const frame_;
  const size_t size_;
  Layers layers_;
};

}  // namespace

bool Layers::has_ports() const noexcept {
  return payload_at > l4_at && l4_at != 0 &&
         (protocol == ip_protocol::kTcp || protocol == ip_protocol::kUdp || protocol == ip_protocol::kSctp);
}

Layers read_layers(std::span<const std::byte> frame) noexcept {
  return Reader(frame).read();
}

}  // namespace pmd
