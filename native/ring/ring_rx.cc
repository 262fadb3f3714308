#include "ring/ring_rx.h"

namespace pmd {

namespace {

/// All in arguments: a store to an owner's byte may alias any member.
inline void own_run(uint8_t* owners, uint8_t self, const uint32_t* from, uint32_t* to, uint32_t n) noexcept {
#pragma GCC unroll 4
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t buffer = from[i];
    owner::store(owners[buffer], self);
    to[i] = buffer;
  }
}

}  // namespace

RingRx::RingRx(std::shared_ptr<RingSlots> slots, const PacketPool& pool, RingUsers users)
    : RingEnd(std::move(slots), pool, users) {
  slots_->waiters = &waiters();
}

int32_t RingRx::receive(Burst& burst, uint32_t max) noexcept {
  int32_t refused;
  PoolCache& cache = burst.cache();
  if (!enter(cache, refused)) return refused;
  const GatePass pass(gate_);
  const uint32_t first = burst.count();
  const uint32_t most = std::min(max, burst.capacity() - first);
  uint32_t head = slots_->head.load(std::memory_order_relaxed);
  uint32_t n = ready(head, most);
  if (n > 0 && slots_->chains.load(std::memory_order_relaxed)) [[unlikely]] {
    while ((n = whole_frames(head, n)) == 0 && drop_too_long(cache, head, std::min(max, burst.capacity()))) {
      head = slots_->head.load(std::memory_order_relaxed);
      n = ready(head, most);
    }
  }
  if (n == 0) {
    cache.reclaim();
    return 0;
  }
  copy(burst, first, head, n);
  slots_->head.store(head + n, std::memory_order_release);
  burst.set_count(first + n);
  stats_.packets.add(n);
  if (burst.wants_more()) burst.describe(first, first + n);
  return static_cast<int32_t>(n);
}

/// How many of `wanted` entries there are.
uint32_t RingRx::ready(uint32_t head, uint32_t wanted) noexcept {
  if (known_tail_ - head < wanted) known_tail_ = slots_->tail.load(std::memory_order_acquire);
  return std::min(wanted, known_tail_ - head);
}

/// The entries that whole frames take of the first `n`.
uint32_t RingRx::whole_frames(uint32_t head, uint32_t n) const noexcept {
  while (n > 0 && slots_->status[(head + n - 1) & slots_->mask] & rx_flag::kMore) --n;
  return n;
}

/// Drops the first frame if it has more entries than any call with this burst takes. False: it has not, or
/// there is none.
bool RingRx::drop_too_long(PoolCache& cache, uint32_t head, uint32_t most) noexcept {
  known_tail_ = slots_->tail.load(std::memory_order_acquire);
  const uint32_t there = known_tail_ - head;
  uint32_t entries = 0;
  while (entries < there && slots_->status[(head + entries++) & slots_->mask] & rx_flag::kMore) continue;
  if (entries <= most) return false;
  for (uint32_t i = 0; i < entries; ++i) {
    cache.push(slots_->index[(head + i) & slots_->mask]);
    if (i % PoolCache::kMaxBulk == PoolCache::kMaxBulk - 1) cache.settle();
  }
  cache.settle();
  stats_.oversize.add(entries);
  slots_->head.store(head + entries, std::memory_order_release);
  return true;
}

void RingRx::copy(Burst& burst, uint32_t first, uint32_t head, uint32_t n) noexcept {
  const RingSlots& slots = *slots_;
  uint8_t* const owners = burst.cache().pool().owners();
  const uint8_t self = burst.cache().id();
  slots.for_runs(head, n, [&](uint32_t slot, uint32_t entry, uint32_t length) {
    const uint32_t at = first + entry;
    const uint32_t* const index = &slots.index[slot];
    own_run(owners, self, index, burst.index() + at, length);
    std::memcpy(burst.status() + at, &slots.status[slot], length * sizeof(uint32_t));
    std::memcpy(burst.length() + at, &slots.length[slot], length * sizeof(uint16_t));
    std::memcpy(burst.offset() + at, &slots.offset[slot], length * sizeof(uint16_t));
  });
  const bool chains = slots.chains.load(std::memory_order_relaxed);
  if (chains && !burst.has_chains())
    for (uint32_t i = 0; i < first; ++i) burst.status()[i] &= ~rx_flag::kMore;
  if (chains || first == 0) burst.set_has_chains(chains);
}

bool RingRx::arm() noexcept {
  // An exchange, as in FrameRing::close(): the later of the two sees what was before the other.
  slots_->armed.exchange(true, std::memory_order_seq_cst);
  const uint32_t tail = slots_->tail.load(std::memory_order_seq_cst);
  return refusal() == 0 && tail == slots_->head.load(std::memory_order_acquire);
}

}  // namespace pmd
