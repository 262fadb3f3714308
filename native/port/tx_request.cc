#include "port/tx_request.h"

#include <array>
#include <span>

#include "net/fill_checksum.h"
#include "net/frame.h"
#include "net/segmenter.h"

namespace pmd {

namespace {

constexpr uint32_t kChecksums = tx_request::kIpChecksum | tx_request::kL4Checksum;
/// Parts of a frame whose checksum is filled in: enough for 64 KiB.
constexpr uint32_t kMostParts = 40;

/// One entry, read once: JavaScript may write to it meanwhile.
struct Entry {
  uint32_t buffer;
  uint32_t offset;
  uint32_t length;

  Entry(const Burst& burst, uint32_t i) noexcept
      : buffer(__atomic_load_n(&burst.index()[i], __ATOMIC_RELAXED)),
        offset(__atomic_load_n(&burst.offset()[i], __ATOMIC_RELAXED)),
        length(__atomic_load_n(&burst.length()[i], __ATOMIC_RELAXED)) {}

  Refusal check(PoolCache& cache) const noexcept {
    PacketPool& pool = cache.pool();
    if (buffer >= pool.buffers() || owner::load(pool.owners()[buffer]) != cache.id())
      return Refusal::kNotOwner;
    return length == 0 || offset + length > pool.buffer_size() ? Refusal::kFrameLength : Refusal{};
  }
  std::span<std::byte> bytes(const PacketPool& pool) const noexcept {
    return {pool.buffer(buffer) + offset, length};
  }
};

/// A frame that requests something, and all of its parts.
class RequestingFrame {
 public:
  using Parts = std::array<std::span<const std::byte>, kMostParts>;

  /// `parts`: room for those behind the first.
  RequestingFrame(const Burst& burst, uint32_t first, Parts& parts) noexcept
      : head_(burst, first), request_(burst, first), rest_(parts) {}

  /// Whether the frame may be touched. Of a refusal `bad_entry` tells the entry.
  Refusal read(const Burst& burst, uint32_t first, uint32_t entries, uint32_t& bad_entry) noexcept {
    PoolCache& cache = burst.cache();
    bad_entry = first;
    if (const Refusal why = head_.check(cache); why != Refusal{}) return why;
    if (head_.length < kMinFrame || entries > kMostParts) return Refusal::kFrameLength;
    bytes_ = head_.length;
    for (parts_ = 0; parts_ < entries - 1; ++parts_) {
      bad_entry = first + 1 + parts_;
      const Entry entry(burst, bad_entry);
      if (const Refusal why = entry.check(cache); why != Refusal{}) return why;
      rest_[parts_] = entry.bytes(cache.pool());
      bytes_ += entry.length;
    }
    bad_entry = first;
    return Refusal{};
  }

  Refusal fulfil(const PacketPool& pool, const RequestLimits& limits) const noexcept {
    if (!request_.is_known()) return Refusal::kRequest;
    if (request_.wants(tx_request::kVlan) && head_.offset < kVlanTag) return Refusal::kRequest;
    if (request_.segment == 0 && !request_.wants(kChecksums)) return Refusal{};
    const std::span head = head_.bytes(pool);
    const Headers headers = parse_headers(head, kMacAddresses);
    if (request_.segment != 0) return prepare_segments(head, headers, limits);
    const std::span rest(rest_.data(), parts_);
    const bool filled = (!request_.wants(tx_request::kIpChecksum) || fill_ip_checksum(head, headers)) &&
                        (!request_.wants(tx_request::kL4Checksum) || fill_l4_checksum(head, headers, rest));
    return filled ? Refusal{} : Refusal::kRequest;
  }

  /// Moves the addresses forward, into the headroom, and puts the tag behind them.
  void insert_tag(Burst& burst, uint32_t first) const noexcept {
    if (!request_.wants(tx_request::kVlan)) return;
    insert_vlan_tag(head_.bytes(burst.cache().pool()).data(), kEtherTypeVlan, request_.tci());
    burst.offset()[first] = static_cast<uint16_t>(head_.offset - kVlanTag);
    burst.length()[first] = static_cast<uint16_t>(head_.length + kVlanTag);
  }

 private:
  Refusal prepare_segments(std::span<std::byte> head, const Headers& headers,
                           const RequestLimits& limits) const noexcept {
    const uint32_t tag = request_.wants(tx_request::kVlan) ? kVlanTag : 0;
    const uint32_t header = repeated_header(head, bytes_, headers);
    if (!limits.cuts || header == 0) return Refusal::kRequest;
    if (segments(bytes_ - header, request_.segment) > tx_request::kMaxSegments) return Refusal::kRequest;
    if (header + request_.segment + tag > limits.longest) return Refusal::kFrameLength;
    if (bytes_ - headers.network_at > UINT16_MAX) return Refusal::kFrameLength;
    prepare_large_frame(head, bytes_, headers);
    return Refusal{};
  }

  Entry head_;
  TxRequest request_;
  Parts& rest_;
  uint32_t parts_ = 0;
  uint32_t bytes_ = 0;
};

}  // namespace

Refusal fulfil_requests(Burst& burst, uint32_t count, const RequestLimits& limits,
                        uint32_t& bad_entry) noexcept {
  const bool chains = burst.has_chains();
  RequestingFrame::Parts parts;
  const auto for_frames = [&](auto use) noexcept {
    for (uint32_t i = 0; i < count;) {
      const uint32_t entries = chains ? burst.chain_length(i, count) : 1;
      if (TxRequest(burst, i).any()) {
        RequestingFrame frame(burst, i, parts);
        const Refusal why = frame.read(burst, i, entries, bad_entry);
        if (why != Refusal{}) return why;
        if (const Refusal refused = use(frame, i); refused != Refusal{}) return refused;
      }
      i += entries;
    }
    return Refusal{};
  };
  const auto fulfil = [&](const RequestingFrame& frame, uint32_t) {
    return frame.fulfil(burst.cache().pool(), limits);
  };
  if (const Refusal why = for_frames(fulfil); why != Refusal{}) return why;
  return for_frames([&](const RequestingFrame& frame, uint32_t i) {
    frame.insert_tag(burst, i);
    if (burst.tx_request() != nullptr) burst.tx_request()[i] = 0;
    return Refusal{};
  });
}

}  // namespace pmd
