#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "net/frame.h"
#include "nic/igbvf/tx_ring.h"
#include "port/tx_request.h"
#include "util/barrier.h"
#include "util/lanes.h"

// The packet path of a TX ring, compiled once for each size class.

namespace pmd::igbvf {

namespace {

/// Where its length stands in the second word of a frame's only descriptor.
constexpr uint64_t kLengths = 1 | uint64_t{1} << (32 + igb::tx_status::kPayloadLengthShift);
constexpr uint32_t kReportEvery = 32;

template <uint32_t kDataRoom>
class SizedTxRing final : public TxRing {
 public:
  using TxRing::TxRing;
  int32_t send(Burst& burst) noexcept override;

 private:
  static constexpr uint32_t kBufferSize = kHeadroom + kDataRoom;
  static constexpr uint32_t kStride = stride_of(kDataRoom);
  /// What the second word of a frame's only descriptor has in common with all others.
  static constexpr uint64_t kPlain = kData | igb::tx_cmd::EOP;

  /// Where a burst's entries stand, from one of them on.
  struct Entries {
    const uint32_t* index;
    const uint16_t* lengths;
    const uint16_t* offsets;
    void advance(uint32_t n) noexcept { index += n, lengths += n, offsets += n; }
  };
  /// Where frames go in the ring, from a slot on.
  struct Slots {
    igb::TxDescriptor* descriptors;
    uint32_t* buffers;
    void advance(uint32_t n) noexcept { descriptors += n, buffers += n; }
  };
  /// The limits of a plain frame, in locals: a store through the owners' byte pointer may alias any member.
  struct Plain {
    uint32_t buffers;
    uint32_t longest;
    uint32_t page_size;
    U64x2 pool_base;  ///< twice
    uint8_t* owners;
    uint8_t self;
  };
  /// What the device is to do with frames: nothing, or what most of a stream request.
  struct AsTheyAre {
    static constexpr uint32_t command = 0, status = 0;
    static bool seed(U32x4, U32x4) noexcept { return true; }
  };
  struct AsRequested {
    const TxStream& stream;
    std::byte* pool;
    uint32_t command = stream.command();
    uint32_t status = stream.status();
    bool seed(U32x4 positions, U32x4 lengths) const noexcept { return stream.seed(pool, positions, lengths); }
  };
  int32_t send_lone(Burst& burst) noexcept;
  int32_t send_any(Burst& burst, uint32_t count) noexcept;
  void hand_over(const Progress& at) noexcept;
  /// One slot stays empty: TDT == TDH means an empty ring (7.2.2.1).
  uint32_t room() const noexcept { return ring_.mask() - pending(); }
  Plain plain(const Burst& burst) const noexcept;
  uint32_t write_plain(const Burst& burst, uint32_t most, Progress& at) noexcept;
  uint32_t write_stream(const Burst& burst, uint32_t most, bool chains, Progress& at) noexcept;
  bool is_stream(const Burst& burst, uint32_t first, bool chains) const noexcept;
  static bool write_one(const Plain& plain, const Entries& from, const Slots& to, uint64_t& bytes) noexcept;
  template <typename Work>
  static bool write_four(const Plain& plain, const Entries& from, const Slots& to, U32x4& bytes,
                         const Work& work) noexcept;
  static bool take_four(const Plain& plain, const uint32_t* buffers) noexcept;
  static uint32_t plain_before(const Burst& burst, uint32_t first, uint32_t most, bool chains) noexcept;
  void ask_for_report(Progress& at) noexcept;
};

/// A lone frame goes a way of its own, as in receive().
template <uint32_t kDataRoom>
int32_t SizedTxRing<kDataRoom>::send(Burst& burst) noexcept {
  if (!gate_.try_enter()) return refusal();
  const uint32_t count = burst.count();
  return count == 1 ? send_lone(burst) : send_any(burst, count);
}

template <uint32_t kDataRoom>
[[gnu::noinline]] int32_t SizedTxRing<kDataRoom>::send_lone(Burst& burst) noexcept {
  PoolCache& cache = burst.cache();
  if (&cache != this->cache() || burst.has_requests() || burst.has_chains()) return send_any(burst, 1);
  reclaim_into(cache);
  Progress at{.slot = tail_, .room = room()};
  if (at.room == 0 || write_plain(burst, 1, at) == 0) return send_any(burst, 1);
  const GatePass pass(gate_);
  ask_for_report(at);
  hand_over(at);
  burst.set_count(0);
  return 1;
}

template <uint32_t kDataRoom>
int32_t SizedTxRing<kDataRoom>::send_any(Burst& burst, uint32_t count) noexcept {
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  reclaim_into(cache);

  const bool requests = burst.has_requests();
  if (requests && !offloads_) [[unlikely]] {
    const RequestLimits limits{.longest = max_frame_.load(std::memory_order_relaxed), .cuts = true};
    const Refusal verdict = fulfil_requests(burst, count, limits, bad_entry_);
    if (verdict != Refusal{}) return refuse(verdict);
  }
  const bool chains = burst.has_chains();
  const uint32_t first_report = report_tail_;
  Progress at{.slot = tail_, .room = room()};
  while (at.entries < count && at.room > 0) {
    uint32_t most =
        std::min({count - at.entries, at.room, ring_.size - at.slot, kReportEvery - at.unreported});
    if (chains || requests) [[unlikely]] {
      const uint32_t before = plain_before(burst, at.entries, most, chains);
      if (before == 0 && write_stream(burst, most, chains, at) > 0) {
        if (at.unreported >= kReportEvery) ask_for_report(at);
        continue;
      }
      most = before;
    }
    if (write_plain(burst, most, at) < most || most == 0) {
      const uint32_t pieces = chains ? burst.chain_length(at.entries, count) : 1;
      const Refusal verdict = write_special(burst, pieces, at);
      if (verdict != Refusal{}) [[unlikely]] {
        report_tail_ = first_report;
        contexts_.clear();  // the device is not told of those that were loaded
        return take_back(at.slot, cache, verdict);
      }
    }
    if (at.unreported >= kReportEvery) ask_for_report(at);
  }
  if (at.unreported > 0) ask_for_report(at);
  if (at.entries > 0) hand_over(at);
  if (at.entries < count) stats_.ring_full.add(1);
  burst.drop_front(at.entries, count);
  return static_cast<int32_t>(at.entries);
}

/// Gives the device what was written.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline void SizedTxRing<kDataRoom>::hand_over(const Progress& at) noexcept {
  dma_write_barrier();
  tail_ = at.slot;
  split_ += at.split;
  tail_doorbell_.ring(at.slot);
  stats_.packets.add(at.entries - at.joined);
  stats_.bytes.add(at.bytes);
  holding_.add(at.entries);
}

/// How many of up to `most` entries come before the next one that begins a chain or carries a request.
template <uint32_t kDataRoom>
uint32_t SizedTxRing<kDataRoom>::plain_before(const Burst& burst, uint32_t first, uint32_t most,
                                              bool chains) noexcept {
  uint32_t n = 0;
  while (n < most && !(chains && burst.goes_on_after(first + n)) && !TxRequest(burst, first + n).any()) ++n;
  return n;
}

/// Writes frames of one descriptor each, as nearly all are, up to `most` (which ends with the ring) and to
/// the first that is refused, padded or split. Returns how many.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline uint32_t SizedTxRing<kDataRoom>::write_plain(const Burst& burst, uint32_t most,
                                                                           Progress& at) noexcept {
  const Plain plain = this->plain(burst);
  Entries from{burst.index() + at.entries, burst.length() + at.entries, burst.offset() + at.entries};
  Slots to{ring_.descriptors + at.slot, buffers_.data() + at.slot};
  U32x4 bytes{};
  uint32_t left = most;
  for (; left >= 4 && write_four(plain, from, to, bytes, AsTheyAre{}); left -= 4) {
    from.advance(4);
    to.advance(4);
  }
  at.bytes += sum(bytes);
  for (; left > 0 && write_one(plain, from, to, at.bytes); --left) {
    from.advance(1);
    to.advance(1);
  }
  const uint32_t written = most - left;
  at.advance(written, ring_.mask());
  return written;
}

template <uint32_t kDataRoom>
[[gnu::always_inline]] inline typename SizedTxRing<kDataRoom>::Plain SizedTxRing<kDataRoom>::plain(
    const Burst& burst) const noexcept {
  return {
      .buffers = pool_.buffers(),
      .longest = max_frame_.load(std::memory_order_relaxed),
      .page_size = page_size_,
      .pool_base = U64x2{} + pool_base_.value(),
      .owners = owners_,
      .self = burst.cache().id(),
  };
}

/// Writes frames that request what most of a stream do, by fours, up to `most` and to the first others.
template <uint32_t kDataRoom>
uint32_t SizedTxRing<kDataRoom>::write_stream(const Burst& burst, uint32_t most, bool chains,
                                              Progress& at) noexcept {
  if (stream_.work() == 0 || !contexts_.holds(stream_.context_index(), stream_.context())) return 0;
  const uint32_t tag = stream_.command() & igb::tx_cmd::VLE ? kVlanTag : 0;
  const AsRequested work{stream_, pool_.region()->data()};
  Plain plain = this->plain(burst);
  plain.longest -= tag;
  Entries from{burst.index() + at.entries, burst.length() + at.entries, burst.offset() + at.entries};
  Slots to{ring_.descriptors + at.slot, buffers_.data() + at.slot};
  U32x4 bytes{};
  uint32_t written = 0;
  for (; most - written >= 4 && is_stream(burst, at.entries + written, chains); written += 4) {
    if (!write_four(plain, from, to, bytes, work)) break;
    from.advance(4);
    to.advance(4);
  }
  at.bytes += sum(bytes) + uint64_t{written} * tag;
  at.advance(written, ring_.mask());
  if (written > 0) contexts_.use(stream_.context_index());
  return written;
}

/// Whether each of four entries is a frame that requests just that.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline bool SizedTxRing<kDataRoom>::is_stream(const Burst& burst, uint32_t first,
                                                                     bool chains) const noexcept {
  if (burst.tx_request() == nullptr) return false;
  U32x4 others = load_lanes<U32x4>(burst.tx_request() + first) ^ stream_.work();
  if (burst.segment_size() != nullptr) others |= load_widened(burst.segment_size() + first);
  if (chains) others |= load_lanes<U32x4>(burst.status() + first) & rx_flag::kMore;
  return !any_of(others);
}

/// Writes one plain frame, or nothing.
template <uint32_t kDataRoom>
inline bool SizedTxRing<kDataRoom>::write_one(const Plain& plain, const Entries& from, const Slots& to,
                                              uint64_t& bytes) noexcept {
  const uint32_t buffer = __atomic_load_n(from.index, __ATOMIC_RELAXED);
  const uint64_t length = __atomic_load_n(from.lengths, __ATOMIC_RELAXED);
  const uint32_t offset = __atomic_load_n(from.offsets, __ATOMIC_RELAXED);
  if (buffer >= plain.buffers || owner::load(plain.owners[buffer]) != plain.self) return false;
  if (length - kMinFrameOnWire > plain.longest - kMinFrameOnWire || offset + length > kBufferSize)
    return false;
  const uint64_t position = uint64_t{buffer} * kStride + offset;
  if ((position ^ (position + length - 1)) >= plain.page_size) return false;
  *to.descriptors =
      std::bit_cast<igb::TxDescriptor>(std::array{plain.pool_base[0] + position, kPlain + length * kLengths});
  *to.buffers = buffer;
  owner::store(plain.owners[buffer], owner::kDriver);
  bytes += length;
  return true;
}

/// Writes four frames of one descriptor each, side by side, or none.
template <uint32_t kDataRoom>
template <typename Work>
[[gnu::always_inline]] inline bool SizedTxRing<kDataRoom>::write_four(const Plain& plain, const Entries& from,
                                                                      const Slots& to, U32x4& bytes,
                                                                      const Work& work) noexcept {
  const auto index = load_lanes<U32x4>(from.index);
  const U32x4 lengths = load_widened(from.lengths), offsets = load_widened(from.offsets);
  const U32x4 positions = index * kStride + offsets;
  // Differences: below zero, so with the highest bit, where a frame is not plain.
  const U32x4 of_pool = index | (plain.buffers - 1 - index);
  const U32x4 of_length = (lengths - kMinFrameOnWire) | (plain.longest - lengths);
  const U32x4 of_buffer = kBufferSize - offsets - lengths;
  const U32x4 of_page = plain.page_size - (positions & (plain.page_size - 1)) - lengths;
  if (any_of(of_pool | of_length | of_buffer | of_page, 1u << 31)) return false;
  store_lanes(to.buffers, index);
  if (!take_four(plain, to.buffers)) return false;
  if (!work.seed(positions, lengths)) [[unlikely]] {
    for (uint32_t i = 0; i < 4; ++i) owner::store(plain.owners[to.buffers[i]], plain.self);
    return false;
  }

  const auto addresses = [&](U32x4 low_words) { return std::bit_cast<U64x2>(low_words) + plain.pool_base; };
  const U64x2 address01 = addresses(interleave_low(positions, U32x4{}));
  const U64x2 address23 = addresses(interleave_high(positions, U32x4{}));
  const U32x4 commands = lengths | (static_cast<uint32_t>(kPlain) | work.command);
  const U32x4 totals = lengths << igb::tx_status::kPayloadLengthShift | work.status;
  const auto words01 = std::bit_cast<U64x2>(interleave_low(commands, totals));
  const auto words23 = std::bit_cast<U64x2>(interleave_high(commands, totals));
  store_lanes(to.descriptors, interleave_low(address01, words01));
  store_lanes(to.descriptors + 1, interleave_high(address01, words01));
  store_lanes(to.descriptors + 2, interleave_low(address23, words23));
  store_lanes(to.descriptors + 3, interleave_high(address23, words23));
  bytes += lengths;
  return true;
}

/// Makes four buffers the driver's, or leaves all as they were. One after the other: one may stand there
/// twice.
template <uint32_t kDataRoom>
inline bool SizedTxRing<kDataRoom>::take_four(const Plain& plain, const uint32_t* buffers) noexcept {
#pragma GCC unroll 4
  for (uint32_t i = 0; i < 4; ++i) {
    uint8_t& owner = plain.owners[buffers[i]];
    if (owner::load(owner) != plain.self) [[unlikely]] {
      while (i-- > 0) owner::store(plain.owners[buffers[i]], plain.self);
      return false;
    }
    owner::store(owner, owner::kDriver);
  }
  return true;
}

/// Has the device report the last frame that was written, and with it those before.
template <uint32_t kDataRoom>
inline void SizedTxRing<kDataRoom>::ask_for_report(Progress& at) noexcept {
  const uint32_t last = (at.slot - 1) & ring_.mask();
  ring_.descriptors[last].cmd_type_length |= igb::tx_cmd::RS;
  reports_[report_tail_++ & ring_.mask()] = last;
  at.unreported = 0;
}

}  // namespace

std::unique_ptr<TxRing> make_tx_ring(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, const TxRing::Traits& traits) {
  return for_size_class(pool, [&]<uint32_t kDataRoom>() -> std::unique_ptr<TxRing> {
    return std::make_unique<SizedTxRing<kDataRoom>>(registers, index, ring, pool, pool_base, traits);
  });
}

}  // namespace pmd::igbvf
