#include "programs/parsed_headers.h"

#include <algorithm>

#include "net/flow_hash.h"
#include "net/headers.h"
#include "net/ip.h"
#include "net/layers.h"
#include "programs/burst_frames.h"

namespace pmd {

namespace {

/// The columns as arrays.
class Columns {
 public:
  Columns(void* block, uint32_t capacity) noexcept
      : block_(static_cast<std::byte*>(block)),
        capacity_(capacity),
        l3_at_(column<uint32_t>(HeaderColumn::kL3At)),
        l4_at_(column<uint32_t>(HeaderColumn::kL4At)),
        payload_at_(column<uint32_t>(HeaderColumn::kPayloadAt)),
        end_(column<uint32_t>(HeaderColumn::kEnd)),
        outer_tag_(column<int32_t>(HeaderColumn::kOuterTag)),
        inner_tag_(column<int32_t>(HeaderColumn::kInnerTag)),
        source_(column<uint32_t>(HeaderColumn::kSource)),
        destination_(column<uint32_t>(HeaderColumn::kDestination)),
        hash_(column<uint32_t>(HeaderColumn::kHash)),
        ether_type_(column<uint16_t>(HeaderColumn::kEtherType)),
        protocol_(column<int16_t>(HeaderColumn::kProtocol)),
        source_port_(column<uint16_t>(HeaderColumn::kSourcePort)),
        destination_port_(column<uint16_t>(HeaderColumn::kDestinationPort)),
        version_(column<uint8_t>(HeaderColumn::kVersion)),
        fragment_(column<uint8_t>(HeaderColumn::kFragment)),
        tcp_flags_(column<uint8_t>(HeaderColumn::kTcpFlags)),
        fault_(column<uint8_t>(HeaderColumn::kFault)) {}

  /// What was read of entry `i`, whose frame begins at `position` in the pool.
  void set(uint32_t i, const Layers& layers, const std::byte* frame, uint32_t position) noexcept {
    const auto in_pool = [position](uint32_t at) { return at == 0 ? 0 : position + at; };
    l3_at_[i] = in_pool(layers.l3_at);
    l4_at_[i] = in_pool(layers.l4_at);
    payload_at_[i] = in_pool(layers.payload_at);
    end_[i] = position + layers.end;
    outer_tag_[i] = layers.outer_tag;
    inner_tag_[i] = layers.inner_tag;
    hash_[i] = flow_hash(frame, layers);
    ether_type_[i] = layers.ether_type;
    protocol_[i] = layers.protocol;
    version_[i] = layers.version;
    fragment_[i] = static_cast<uint8_t>(layers.fragment);
    fault_[i] = static_cast<uint8_t>(layers.fault);
    set_addresses(i, layers, frame + layers.l3_at);
    set_ports(i, layers, frame + layers.l4_at);
  }

 private:
  template <typename Element>
  Element* column(HeaderColumn column) noexcept {
    return reinterpret_cast<Element*>(block_ + header_column_at(static_cast<size_t>(column), capacity_));
  }

  void set_addresses(uint32_t i, const Layers& layers, const std::byte* ip) noexcept {
    uint32_t* const source = source_ + kAddressWords * i;
    uint32_t* const destination = destination_ + kAddressWords * i;
    if (layers.version == 6) {
      for (uint32_t word = 0; word < kAddressWords; ++word) {
        source[word] = load_be32(ip + 8 + 4 * word);
        destination[word] = load_be32(ip + 24 + 4 * word);
      }
      return;
    }
    const bool is_ipv4 = layers.version == 4;
    source[0] = is_ipv4 ? load_be32(ip + 12) : 0;
    destination[0] = is_ipv4 ? load_be32(ip + 16) : 0;
    std::fill_n(source + 1, kAddressWords - 1, 0);
    std::fill_n(destination + 1, kAddressWords - 1, 0);
  }

  void set_ports(uint32_t i, const Layers& layers, const std::byte* transport) noexcept {
    const bool has_ports = layers.has_ports();
    source_port_[i] = has_ports ? load_be16(transport) : 0;
    destination_port_[i] = has_ports ? load_be16(transport + 2) : 0;
    const bool is_tcp = has_ports && layers.protocol == ip_protocol::kTcp;
    tcp_flags_[i] = is_tcp ? std::to_integer<uint8_t>(transport[13]) : 0;
  }

  std::byte* const block_;
  const uint32_t capacity_;
  uint32_t* const l3_at_;
  uint32_t* const l4_at_;
  uint32_t* const payload_at_;
  uint32_t* const end_;
  int32_t* const outer_tag_;
  int32_t* const inner_tag_;
  uint32_t* const source_;
  uint32_t* const destination_;
  uint32_t* const hash_;
  uint16_t* const ether_type_;
  int16_t* const protocol_;
  uint16_t* const source_port_;
  uint16_t* const destination_port_;
  uint8_t* const version_;
  uint8_t* const fragment_;
  uint8_t* const tcp_flags_;
  uint8_t* const fault_;
};

/// Of an entry in which no frame begins.
constexpr Layers kContinued{.fault = Layers::Fault::kContinued};

}  // namespace

int32_t ParsedHeaders::parse(const Burst& burst) noexcept {
  const BurstFrames frames(burst);
  Columns columns(block_.get(), capacity_);
  const uint32_t count = std::min(burst.count(), capacity_);
  const bool has_chains = burst.has_chains();
  for (uint32_t i = 0; i < count; ++i) {
    std::span<const std::byte> frame;
    if (const int32_t refused = frames.find(i, frame); refused != 0) [[unlikely]] {
      bad_entry_ = i;
      return refused;
    }
    const bool continues = has_chains && i > 0 && burst.goes_on_after(i - 1);
    columns.set(i, continues ? kContinued : read_layers(frame), frame.data(), frames.position(frame));
  }
  return static_cast<int32_t>(count);
}

}  // namespace pmd
