#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "nic/igbvf/tx_queue.h"
#include "util/barrier.h"
#include "util/lanes.h"

// The packet path of a TX ring, compiled once for each size class.

namespace pmd::igbvf {

namespace {

constexpr uint32_t kMinFrame = 14;  ///< an Ethernet header
/// The device pads only if the PF allows it (TCTL.PSP), and QEMU's never does; a short frame would also send
/// what the buffer held before.
constexpr uint32_t kPadTo = 60;
constexpr uint32_t kData = igb::tx_cmd::DTYP_DATA | igb::tx_cmd::DEXT | igb::tx_cmd::IFCS;
/// The second word of a frame's only descriptor: what is the same for all, and where its length stands in it.
constexpr uint64_t kPlain = kData | igb::tx_cmd::EOP;
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

  /// How far a send has come.
  struct Progress {
    uint32_t slot;            ///< the next to be written
    uint32_t room;            ///< slots
    uint32_t frames = 0;      ///< written
    uint32_t unreported = 0;  ///< of them, since the last with RS
    uint32_t split = 0;       ///< of them, in two slots
    uint64_t bytes = 0;
    void advance(uint32_t slots, uint32_t whole, uint32_t mask) noexcept {
      slot = (slot + slots) & mask;
      room -= slots;
      frames += whole;
      unreported += whole;
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
  /// What a plain frame is checked against, in locals: a store through the owners' byte pointer may alias any
  /// member.
  struct Plain {
    uint32_t buffers;
    uint32_t longest;
    uint32_t page_size;
    uint64_t pool_base;
    uint8_t* owners;
    uint8_t self;
  };
  uint32_t write_plain(const Burst& burst, uint32_t most, Progress& at) noexcept;
  static bool write_one(const Plain& plain, const Entries& from, const Slots& to, uint64_t& bytes) noexcept;
  static bool write_four(const Plain& plain, const Entries& from, const Slots& to, U32x4& bytes) noexcept;
  static bool take_four(const Plain& plain, const uint32_t* buffers) noexcept;
  Refusal write_special(const Burst& burst, Progress& at) noexcept;
  void ask_for_report(Progress& at) noexcept;
  int32_t take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept;
};

template <uint32_t kDataRoom>
int32_t SizedTxRing<kDataRoom>::send(Burst& burst) noexcept {
  const GatePass pass(gate_);
  if (!pass) return refusal();
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  reclaim_into(cache);

  const uint32_t count = burst.count();
  const uint32_t first_report = report_tail_;
  // One slot stays empty: TDT == TDH means an empty ring (7.2.2.1).
  Progress at{.slot = tail_, .room = ring_.size - 1 - pending()};
  while (at.frames < count && at.room > 0) {
    const uint32_t most =
        std::min({count - at.frames, at.room, ring_.size - at.slot, kReportEvery - at.unreported});
    if (write_plain(burst, most, at) < most) {
      const Refusal verdict = write_special(burst, at);
      if (verdict != Refusal{}) [[unlikely]] {
        report_tail_ = first_report;
        bad_entry_ = at.frames;
        return take_back(at.slot, cache, verdict);
      }
    }
    if (at.unreported == kReportEvery) ask_for_report(at);
  }
  if (at.unreported > 0) ask_for_report(at);
  if (at.frames > 0) {
    dma_write_barrier();
    tail_ = at.slot;
    split_ += at.split;
    tail_doorbell_.ring(at.slot);
    stats_.packets.add(at.frames);
    stats_.bytes.add(at.bytes);
    holding_.add(at.frames);
  }
  if (at.frames < count) stats_.ring_full.add(1);
  burst.drop_front(at.frames, count);
  return static_cast<int32_t>(at.frames);
}

/// Writes frames of one descriptor each, as nearly all are, up to `most` (which ends with the ring) and to
/// the first that is refused, padded or split. Returns how many.
template <uint32_t kDataRoom>
inline uint32_t SizedTxRing<kDataRoom>::write_plain(const Burst& burst, uint32_t most,
                                                    Progress& at) noexcept {
  const Plain plain{
      .buffers = pool_.buffers(),
      .longest = max_frame_.load(std::memory_order_relaxed),
      .page_size = page_size_,
      .pool_base = pool_base_.value(),
      .owners = owners_,
      .self = burst.cache().id(),
  };
  Entries from{burst.index() + at.frames, burst.length() + at.frames, burst.offset() + at.frames};
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
  at.advance(written, written, ring_.mask());
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
  if (length - kPadTo > plain.longest - kPadTo || offset + length > kBufferSize) return false;
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
  const U32x4 of_length = (lengths - kPadTo) | (plain.longest - lengths);
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

/// Writes the next frame whatever it takes, or says why it is refused. No room left: there was too little.
template <uint32_t kDataRoom>
Refusal SizedTxRing<kDataRoom>::write_special(const Burst& burst, Progress& at) noexcept {
  const uint32_t buffer = __atomic_load_n(burst.index() + at.frames, __ATOMIC_RELAXED);
  const uint32_t offset = __atomic_load_n(burst.offset() + at.frames, __ATOMIC_RELAXED);
  uint32_t length = __atomic_load_n(burst.length() + at.frames, __ATOMIC_RELAXED);
  if (buffer >= pool_.buffers() || owner::load(owners_[buffer]) != burst.cache().id())
    return Refusal::kNotOwner;
  if (length < kMinFrame || length > max_frame_.load(std::memory_order_relaxed) ||
      offset + std::max(length, kPadTo) > kBufferSize)
    return Refusal::kFrameLength;
  uint64_t position = uint64_t{buffer} * kStride + offset;
  if (length < kPadTo) {
    std::memset(pool_.region()->data() + position + length, 0, kPadTo - length);
    length = kPadTo;
  }
  const uint32_t total = length << igb::tx_status::kPayloadLengthShift;
  const uint32_t to_page_end = page_size_ - (static_cast<uint32_t>(position) & (page_size_ - 1));
  if (length > to_page_end) {
    // QEMU's model maps a descriptor's bytes in one piece, and drops the frame in silence when they are not
    // contiguous behind the IOMMU. A piece that stays within a page always is.
    if (at.room < 2) {
      at.room = 0;
      return Refusal{};
    }
    ring_.descriptors[at.slot] = {(pool_base_ + position).value(), kData | to_page_end, total};
    buffers_[at.slot] = kNoBuffer;
    ++at.split;
    at.advance(1, 0, ring_.mask());
    position += to_page_end;
    length -= to_page_end;
  }
  at.bytes += total >> igb::tx_status::kPayloadLengthShift;
  ring_.descriptors[at.slot] = {(pool_base_ + position).value(), kData | igb::tx_cmd::EOP | length, total};
  buffers_[at.slot] = buffer;
  owner::store(owners_[buffer], owner::kDriver);
  at.advance(1, 1, ring_.mask());
  return Refusal{};
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
