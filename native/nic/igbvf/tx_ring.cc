#include "nic/igbvf/tx_ring.h"

#include <algorithm>

#include "nic/igbvf/registers.h"

namespace pmd::igbvf {

TxRing::TxRing(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool,
               Iova pool_base, const Traits& traits)
    : tail_doorbell_(registers.doorbell(regs::TDT.at(index))),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      page_size_(static_cast<uint32_t>(pool.region()->page_size())),
      offloads_(traits.offloads),
      owners_(pool.owners()),
      max_frame_(traits.max_frame),
      buffers_(ring.size),
      reports_(ring.size) {
  pool_.add_ring(holding_);
}

TxRing::~TxRing() {
  pool_.remove_ring(holding_);
}

uint32_t TxRing::reclaim() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  return reclaim_into(*cache());
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

/// Frames behind the newest report that is there.
uint32_t TxRing::unsent() const noexcept {
  uint32_t report = report_tail_;
  while (report != report_head_ && !reported_done(report - 1)) --report;
  if (report == report_tail_) return 0;
  const uint32_t first =
      report == report_head_ ? clean_ : (reports_[(report - 1) & ring_.mask()] + 1) & ring_.mask();
  uint32_t frames = 0;
  for (uint32_t slot = first; slot != tail_; slot = (slot + 1) & ring_.mask())
    if (ring_.descriptors[slot].cmd_type_length & igb::tx_cmd::EOP) ++frames;
  return frames;
}

bool TxRing::reported_before(uint32_t slot) const noexcept {
  return done((slot - 1) & ring_.mask());
}

void TxRing::restart() noexcept {
  for (uint32_t slot = 0; slot < ring_.size; ++slot)
    ring_.descriptors[slot] = {.address = 0, .cmd_type_length = 0, .olinfo_status = igb::tx_status::DD};
  report_head_ = report_tail_ = tail_ = clean_ = 0;
  contexts_.clear();
}

void TxRing::empty() noexcept {
  stats_.unsent.add(unsent());
  for (; clean_ != tail_; clean_ = (clean_ + 1) & ring_.mask())
    if (buffers_[clean_] != kNoBuffer) pool_.give(&buffers_[clean_], 1);
  report_head_ = report_tail_;
  split_ = 0;
  holding_.set(0);
}

}  // namespace pmd::igbvf
