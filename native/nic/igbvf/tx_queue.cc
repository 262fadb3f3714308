#include "nic/igbvf/tx_queue.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "nic/igbvf/registers.h"
#include "util/barrier.h"

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
/// Stands where a buffer would, behind the first of a frame's two descriptors.
constexpr uint32_t kNoBuffer = UINT32_MAX;

}  // namespace

TxRing::TxRing(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool,
               Iova pool_base, uint32_t max_frame)
    : tail_doorbell_(registers.doorbell(regs::TDT.at(index))),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      page_size_(static_cast<uint32_t>(pool.region()->page_size())),
      owners_(pool.owners()),
      max_frame_(max_frame),
      buffers_(ring.size),
      reports_(ring.size) {
  pool_.add_ring(holding_);
}

TxRing::~TxRing() {
  pool_.remove_ring(holding_);
}

int32_t TxRing::send(Burst& burst) noexcept {
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
inline uint32_t TxRing::write_plain(const Burst& burst, uint32_t most, Progress& at) noexcept {
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
inline bool TxRing::write_one(const Plain& plain, const Entries& from, const Slots& to,
                              uint64_t& bytes) noexcept {
  const uint32_t buffer = __atomic_load_n(from.index, __ATOMIC_RELAXED);
  const uint64_t length = __atomic_load_n(from.lengths, __ATOMIC_RELAXED);
  const uint32_t offset = __atomic_load_n(from.offsets, __ATOMIC_RELAXED);
  if (buffer >= plain.buffers || owner::load(plain.owners[buffer]) != plain.self) return false;
  if (length - kPadTo > plain.longest - kPadTo || offset + length > kBufferSize) return false;
  const uint64_t position = uint64_t{buffer} * kBufferStride + offset;
  if ((position ^ (position + length - 1)) >= plain.page_size) return false;
  *to.descriptors =
      std::bit_cast<igb::TxDescriptor>(std::array{plain.pool_base + position, kPlain + length * kLengths});
  *to.buffers = buffer;
  owner::store(plain.owners[buffer], owner::kDriver);
  bytes += length;
  return true;
}

/// Writes four plain frames, side by side, or none.
inline bool TxRing::write_four(const Plain& plain, const Entries& from, const Slots& to,
                               U32x4& bytes) noexcept {
  const auto index = load_lanes<U32x4>(from.index);
  const U32x4 lengths = load_widened(from.lengths), offsets = load_widened(from.offsets);
  const U32x4 positions = index * kBufferStride + offsets;
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
inline bool TxRing::take_four(const Plain& plain, const uint32_t* buffers) noexcept {
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
Refusal TxRing::write_special(const Burst& burst, Progress& at) noexcept {
  const uint32_t buffer = __atomic_load_n(burst.index() + at.frames, __ATOMIC_RELAXED);
  const uint32_t offset = __atomic_load_n(burst.offset() + at.frames, __ATOMIC_RELAXED);
  uint32_t length = __atomic_load_n(burst.length() + at.frames, __ATOMIC_RELAXED);
  if (buffer >= pool_.buffers() || owner::load(owners_[buffer]) != burst.cache().id())
    return Refusal::kNotOwner;
  if (length < kMinFrame || length > max_frame_.load(std::memory_order_relaxed) ||
      offset + std::max(length, kPadTo) > kBufferSize)
    return Refusal::kFrameLength;
  uint64_t position = uint64_t{buffer} * kBufferStride + offset;
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
inline void TxRing::ask_for_report(Progress& at) noexcept {
  const uint32_t last = (at.slot - 1) & ring_.mask();
  ring_.descriptors[last].cmd_type_length |= igb::tx_cmd::RS;
  reports_[report_tail_++ & ring_.mask()] = last;
  at.unreported = 0;
}

/// Undoes what send() wrote for the entries before a bad one: the device has not been told of them.
int32_t TxRing::take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept {
  for (uint32_t slot = tail_; slot != end; slot = (slot + 1) & ring_.mask())
    if (buffers_[slot] != kNoBuffer) owner::store(owners_[buffers_[slot]], cache.id());
  return refuse(why);
}

uint32_t TxRing::reclaim() noexcept {
  const GatePass pass(gate_);
  return pass ? reclaim_into(*cache()) : 0;
}

uint32_t TxRing::reclaim_into(PoolCache& cache) noexcept {
  if (report_head_ == report_tail_) return 0;
  uint32_t freed = 0;
  // The newest first: often all that was sent since the last time is done.
  if (reported_done(report_tail_ - 1)) {
    report_head_ = report_tail_;
    freed = take_until(tail_, cache);
  } else {
    for (; report_head_ != report_tail_ && reported_done(report_head_); ++report_head_)
      freed += take_until((reports_[report_head_ & ring_.mask()] + 1) & ring_.mask(), cache);
  }
  holding_.subtract(freed);
  return freed;
}

/// The device has reported a slot, and so is done with all that was written before it.
inline bool TxRing::done(uint32_t slot) const noexcept {
  return __atomic_load_n(&ring_.descriptors[slot].olinfo_status, __ATOMIC_ACQUIRE) & igb::tx_status::DD;
}

inline bool TxRing::reported_done(uint32_t report) const noexcept {
  return done(reports_[report & ring_.mask()]);
}

/// Takes back what lies before a slot, in pieces that the cache has room for.
inline uint32_t TxRing::take_until(uint32_t end, PoolCache& cache) noexcept {
  uint32_t freed = 0;
  while (clean_ != end) {
    const uint32_t piece = std::min(clean_ + PoolCache::kMaxBulk, end > clean_ ? end : ring_.size);
    freed += take_sent(clean_, piece, cache);
    cache.settle();
    clean_ = piece & ring_.mask();
  }
  return freed;
}

/// Gives the buffers behind the slots from `begin` to `end` to the cache; returns how many.
inline uint32_t TxRing::take_sent(uint32_t begin, uint32_t end, PoolCache& cache) noexcept {
  const uint32_t* const from = buffers_.data() + begin;
  const uint32_t* const until = buffers_.data() + end;
  uint32_t* const to = cache.top();
  const uint32_t* const last =
      split_ == 0 ? std::copy(from, until, to) : std::remove_copy(from, until, to, kNoBuffer);
  const auto count = static_cast<uint32_t>(last - to);
  split_ -= end - begin - count;
  cache.add(count);
  return count;
}

bool TxRing::reported_before(uint32_t slot) const noexcept {
  return done((slot - 1) & ring_.mask());
}

void TxRing::restart() noexcept {
  for (uint32_t slot = 0; slot < ring_.size; ++slot)
    ring_.descriptors[slot] = {.address = 0, .cmd_type_length = 0, .olinfo_status = igb::tx_status::DD};
  report_head_ = report_tail_ = tail_ = clean_ = 0;
}

void TxRing::empty() noexcept {
  for (; clean_ != tail_; clean_ = (clean_ + 1) & ring_.mask())
    if (buffers_[clean_] != kNoBuffer) pool_.give(&buffers_[clean_], 1);
  report_head_ = report_tail_;
  split_ = 0;
  holding_.set(0);
}

}  // namespace pmd::igbvf
