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

/// The device pads only if the PF allows it (TCTL.PSP), and QEMU's never does; a short frame would also send
/// what the buffer held before.
constexpr uint32_t kData = igb::tx_cmd::DTYP_DATA | igb::tx_cmd::DEXT | igb::tx_cmd::IFCS;
/// The second word of a frame's only descriptor: what is the same for all, and where its length stands in it.
constexpr uint64_t kPlain = kData | igb::tx_cmd::EOP;
constexpr uint64_t kLengths = 1 | uint64_t{1} << (32 + igb::tx_status::kPayloadLengthShift);
constexpr uint32_t kReportEvery = 32;
/// Entries that a frame may take: of the smallest size class, the longest frame takes five.
constexpr uint32_t kMostPieces = 16;

template <uint32_t kDataRoom>
class SizedTxRing final : public TxRing {
 public:
  using TxRing::TxRing;
  int32_t send(Burst& burst) noexcept override;

 private:
  static constexpr uint32_t kBufferSize = kHeadroom + kDataRoom;
  static constexpr uint32_t kStride = stride_of(kDataRoom);

  /// How far a send has come.
  struct Progress {
    uint32_t slot;            ///< the next to be written
    uint32_t room;            ///< slots
    uint32_t entries = 0;     ///< written
    uint32_t unreported = 0;  ///< of them, since the last with RS
    uint32_t joined = 0;      ///< of them, not the first of their frames
    uint32_t split = 0;       ///< slots without a buffer of their own
    uint64_t bytes = 0;
    void advance(uint32_t plain, uint32_t mask) noexcept {
      slot = (slot + plain) & mask;
      room -= plain;
      entries += plain;
      unreported += plain;
    }
  };
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
    uint64_t pool_base;
    uint8_t* owners;
    uint8_t self;
  };
  int32_t send_lone(Burst& burst) noexcept;
  int32_t send_any(Burst& burst, uint32_t count) noexcept;
  void hand_over(const Progress& at) noexcept;
  /// One slot stays empty: TDT == TDH means an empty ring (7.2.2.1).
  uint32_t room() const noexcept { return ring_.mask() - pending(); }
  uint32_t write_plain(const Burst& burst, uint32_t most, Progress& at) noexcept;
  static bool write_one(const Plain& plain, const Entries& from, const Slots& to, uint64_t& bytes) noexcept;
  static bool write_four(const Plain& plain, const Entries& from, const Slots& to, U32x4& bytes) noexcept;
  static bool take_four(const Plain& plain, const uint32_t* buffers) noexcept;
  /// The part of a frame in one buffer, and a whole frame.
  struct Piece {
    uint32_t buffer;
    uint32_t length;
    uint64_t position;  ///< in the pool
  };
  struct Frame {
    std::array<Piece, kMostPieces> pieces;
    uint32_t count = 0;
    uint32_t bytes = 0;
    uint32_t slots = 0;  ///< that it takes
  };
  static uint32_t plain_before_chain(const Burst& burst, uint32_t first, uint32_t most) noexcept;
  Refusal write_special(const Burst& burst, uint32_t entries, Progress& at) noexcept;
  Refusal take_pieces(const Burst& burst, uint32_t first, uint32_t entries, Frame& frame) noexcept;
  void write_piece(Piece piece, uint32_t frame_bytes, Progress& at) noexcept;
  void ask_for_report(Progress& at) noexcept;
  int32_t take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept;
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

  if (burst.has_requests()) [[unlikely]] {
    const Refusal verdict = fulfil_requests(burst, count, bad_entry_);
    if (verdict != Refusal{}) return refuse(verdict);
  }
  const bool chains = burst.has_chains();
  const uint32_t first_report = report_tail_;
  Progress at{.slot = tail_, .room = room()};
  while (at.entries < count && at.room > 0) {
    uint32_t most =
        std::min({count - at.entries, at.room, ring_.size - at.slot, kReportEvery - at.unreported});
    if (chains) [[unlikely]]
      most = plain_before_chain(burst, at.entries, most);
    if (write_plain(burst, most, at) < most || most == 0) {
      const uint32_t pieces = chains ? burst.chain_length(at.entries, count) : 1;
      const Refusal verdict = write_special(burst, pieces, at);
      if (verdict != Refusal{}) [[unlikely]] {
        report_tail_ = first_report;
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

/// How many of up to `most` entries come before the next chain: 0 when one begins here.
template <uint32_t kDataRoom>
uint32_t SizedTxRing<kDataRoom>::plain_before_chain(const Burst& burst, uint32_t first,
                                                    uint32_t most) noexcept {
  uint32_t n = 0;
  while (n < most && !burst.goes_on_after(first + n)) ++n;
  return n;
}

/// Writes frames of one descriptor each, as nearly all are, up to `most` (which ends with the ring) and to
/// the first that is refused, padded or split. Returns how many.
template <uint32_t kDataRoom>
[[gnu::always_inline]] inline uint32_t SizedTxRing<kDataRoom>::write_plain(const Burst& burst, uint32_t most,
                                                                           Progress& at) noexcept {
  const Plain plain{
      .buffers = pool_.buffers(),
      .longest = max_frame_.load(std::memory_order_relaxed),
      .page_size = page_size_,
      .pool_base = pool_base_.value(),
      .owners = owners_,
      .self = burst.cache().id(),
  };
  Entries from{burst.index() + at.entries, burst.length() + at.entries, burst.offset() + at.entries};
  Slots to{ring_.descriptors + at.slot, buffers_.data() + at.slot};
  U32x4 bytes{};
  uint32_t left = most;
  for (; left >= 4 && write_four(plain, from, to, bytes); left -= 4) {
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
      std::bit_cast<igb::TxDescriptor>(std::array{plain.pool_base + position, kPlain + length * kLengths});
  *to.buffers = buffer;
  owner::store(plain.owners[buffer], owner::kDriver);
  bytes += length;
  return true;
}

/// Writes four plain frames, side by side, or none.
template <uint32_t kDataRoom>
inline bool SizedTxRing<kDataRoom>::write_four(const Plain& plain, const Entries& from, const Slots& to,
                                               U32x4& bytes) noexcept {
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

  const auto addresses = [&](U32x4 low_words) { return std::bit_cast<U64x2>(low_words) + plain.pool_base; };
  const U64x2 address01 = addresses(interleave_low(positions, U32x4{}));
  const U64x2 address23 = addresses(interleave_high(positions, U32x4{}));
  const U32x4 commands = lengths | static_cast<uint32_t>(kPlain);
  const U32x4 totals = lengths << igb::tx_status::kPayloadLengthShift;
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

/// Writes the next frame, of so many entries, whatever it takes; or says why it is refused. No room left:
/// there was too little.
template <uint32_t kDataRoom>
Refusal SizedTxRing<kDataRoom>::write_special(const Burst& burst, uint32_t entries, Progress& at) noexcept {
  Frame frame;
  Refusal verdict = take_pieces(burst, at.entries, entries, frame);
  if (verdict == Refusal{} && frame.slots > ring_.mask()) verdict = Refusal::kFrameLength;
  if (verdict == Refusal{} && frame.slots > at.room) at.room = 0;
  if (verdict != Refusal{} || at.room == 0) {
    for (uint32_t i = 0; i < frame.count; ++i) owner::store(owners_[frame.pieces[i].buffer], cache()->id());
    bad_entry_ = at.entries + std::min(frame.count, entries - 1);
    return verdict;
  }
  at.bytes += frame.bytes;
  at.split += frame.slots - entries;
  at.joined += entries - 1;
  for (uint32_t i = 0; i < entries; ++i) write_piece(frame.pieces[i], frame.bytes, at);
  ring_.descriptors[(at.slot - 1) & ring_.mask()].cmd_type_length |= igb::tx_cmd::EOP;
  at.entries += entries;
  at.unreported += entries;
  return Refusal{};
}

/// Reads a frame's entries, once, and makes its buffers the driver's; the caller gives them back when the
/// frame is refused.
template <uint32_t kDataRoom>
Refusal SizedTxRing<kDataRoom>::take_pieces(const Burst& burst, uint32_t first, uint32_t entries,
                                            Frame& frame) noexcept {
  if (entries > kMostPieces) return Refusal::kFrameLength;
  for (; frame.count < entries; ++frame.count) {
    const uint32_t i = first + frame.count;
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    if (buffer >= pool_.buffers() || owner::load(owners_[buffer]) != cache()->id()) return Refusal::kNotOwner;
    const uint64_t position = uint64_t{buffer} * kStride + offset;
    const uint32_t bytes = frame.bytes + length;
    if (frame.count == entries - 1 && bytes < kMinFrameOnWire && bytes >= kMinFrame) {
      if (offset + length + kMinFrameOnWire - bytes > kBufferSize) return Refusal::kFrameLength;
      std::memset(pool_.region()->data() + position + length, 0, kMinFrameOnWire - bytes);
      length += kMinFrameOnWire - bytes;
    }
    if (length == 0 || offset + length > kBufferSize) return Refusal::kFrameLength;
    owner::store(owners_[buffer], owner::kDriver);
    frame.pieces[frame.count] = {.buffer = buffer, .length = length, .position = position};
    frame.bytes += length;
    frame.slots += static_cast<uint32_t>((position + length - 1) / page_size_ - position / page_size_) + 1;
  }
  const bool whole = frame.bytes >= kMinFrame && frame.bytes <= max_frame_.load(std::memory_order_relaxed);
  return whole ? Refusal{} : Refusal::kFrameLength;
}

/// Writes what lies in one buffer, a descriptor for each page: QEMU's model maps a descriptor's bytes in one
/// piece, and drops the frame in silence when they are not contiguous behind the IOMMU. What stays within a
/// page always is.
template <uint32_t kDataRoom>
void SizedTxRing<kDataRoom>::write_piece(Piece piece, uint32_t frame_bytes, Progress& at) noexcept {
  const uint32_t total = frame_bytes << igb::tx_status::kPayloadLengthShift;
  for (;;) {
    const uint32_t to_page_end = page_size_ - (static_cast<uint32_t>(piece.position) & (page_size_ - 1));
    const uint32_t length = std::min(piece.length, to_page_end);
    ring_.descriptors[at.slot] = {(pool_base_ + piece.position).value(), kData | length, total};
    const bool is_last = length == piece.length;
    buffers_[at.slot] = is_last ? piece.buffer : kNoBuffer;
    at.slot = (at.slot + 1) & ring_.mask();
    --at.room;
    if (is_last) return;
    piece.position += length;
    piece.length -= length;
  }
}

/// Has the device report the last frame that was written, and with it those before.
template <uint32_t kDataRoom>
inline void SizedTxRing<kDataRoom>::ask_for_report(Progress& at) noexcept {
  const uint32_t last = (at.slot - 1) & ring_.mask();
  ring_.descriptors[last].cmd_type_length |= igb::tx_cmd::RS;
  reports_[report_tail_++ & ring_.mask()] = last;
  at.unreported = 0;
}

/// Undoes what send() wrote for the entries before a bad one: the device has not been told of them.
template <uint32_t kDataRoom>
int32_t SizedTxRing<kDataRoom>::take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept {
  for (uint32_t slot = tail_; slot != end; slot = (slot + 1) & ring_.mask())
    if (buffers_[slot] != kNoBuffer) owner::store(owners_[buffers_[slot]], cache.id());
  return refuse(why);
}

}  // namespace

std::unique_ptr<TxRing> make_tx_ring(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, uint32_t max_frame) {
  return for_size_class(pool, [&]<uint32_t kDataRoom>() -> std::unique_ptr<TxRing> {
    return std::make_unique<SizedTxRing<kDataRoom>>(registers, index, ring, pool, pool_base, max_frame);
  });
}

}  // namespace pmd::igbvf
