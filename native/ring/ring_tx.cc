#include "ring/ring_tx.h"

#include "port/tx_request.h"

namespace pmd {

namespace {

/// The first entry of `n` that requests something, or `n`.
uint32_t first_request(const Burst& burst, uint32_t n) noexcept {
  if (!burst.has_requests()) return n;
  uint32_t i = 0;
  while (i < n && !TxRequest(burst, i).any()) ++i;
  return i;
}

/// What take_run() does to one buffer. All in arguments: a store to an owner's byte may alias any member.
[[gnu::always_inline]] inline bool take(uint8_t* owners, uint32_t buffers, uint8_t self, const uint32_t* from,
                                        uint32_t* to) noexcept {
  const size_t buffer = __atomic_load_n(from, __ATOMIC_RELAXED);
  if (buffer >= buffers || owner::load(owners[buffer]) != self) [[unlikely]]
    return false;
  owner::store(owners[buffer], owner::kDriver);
  *to = static_cast<uint32_t>(buffer);
  return true;
}

/// Puts buffers into slots and makes them nobody's; each entry is read once. Returns `n`, or the first entry
/// whose buffer is not the thread's. By fours: a compiler that unrolls a loop with such ends keeps counting.
[[gnu::always_inline]] inline uint32_t take_run(uint8_t* owners, uint32_t buffers, uint8_t self,
                                                const uint32_t* from, uint32_t* to, uint32_t n) noexcept {
  uint32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    if (!take(owners, buffers, self, from + i, to + i)) return i;
    if (!take(owners, buffers, self, from + i + 1, to + i + 1)) return i + 1;
    if (!take(owners, buffers, self, from + i + 2, to + i + 2)) return i + 2;
    if (!take(owners, buffers, self, from + i + 3, to + i + 3)) return i + 3;
  }
  while (i < n && take(owners, buffers, self, from + i, to + i)) ++i;
  return i;
}

/// Without the flags of `without`.
[[gnu::always_inline]] inline void copy_status(const uint32_t* from, uint32_t* __restrict to, uint32_t n,
                                               uint32_t without) noexcept {
  for (uint32_t i = 0; i < n; ++i) to[i] = from[i] & ~without;
}

}  // namespace

/// Puts the first `n` entries of the burst into slots, run by run: there are two where the slots wrap.
/// Returns `n`, or the first entry whose buffer is not the thread's; then all buffers are the thread's again.
///
/// In the ring, the status says which frames go on, whatever is left of received ones in a burst without
/// chains.
[[gnu::always_inline]] inline uint32_t RingTx::fill_slots(const Burst& burst, uint32_t tail, uint32_t n,
                                                          bool chains) noexcept {
  RingSlots& slots = *slots_;
  PacketPool& pool = burst.cache().pool();
  const uint8_t self = burst.cache().id();
  const uint32_t without = chains ? 0 : rx_flag::kMore;
  uint32_t slot = tail & slots.mask;
  for (uint32_t done = 0; done < n; slot = 0) {
    const uint32_t run = std::min(n - done, slots.capacity() - slot);
    const uint32_t taken =
        take_run(pool.owners(), pool.buffers(), self, burst.index() + done, &slots.index[slot], run);
    if (taken < run) [[unlikely]] {
      give_back(tail, done + taken, self, pool.owners());
      return done + taken;
    }
    copy_status(burst.status() + done, &slots.status[slot], run, without);
    std::memcpy(&slots.length[slot], burst.length() + done, run * sizeof(uint16_t));
    std::memcpy(&slots.offset[slot], burst.offset() + done, run * sizeof(uint16_t));
    done += run;
  }
  if (chains && n > 0) [[unlikely]] {
    slots.status[(tail + n - 1) & slots.mask] &= ~rx_flag::kMore;  // it may have been written meanwhile
    slots.chains.store(true, std::memory_order_relaxed);
  }
  return n;
}

int32_t RingTx::send(Burst& burst) noexcept {
  int32_t refused;
  if (!enter(burst.cache(), refused)) return refused;
  const GatePass pass(gate_);
  const uint32_t count = burst.count();
  const uint32_t tail = slots_->tail.load(std::memory_order_relaxed);
  const bool chains = burst.has_chains();
  uint32_t n = room(tail, count);
  if (chains) [[unlikely]] {
    if (count > 0 && burst.chain_length(0, count) > slots_->capacity())
      return refuse_entry(Refusal::kFrameLength, 0);
    while (n > 0 && n < count && burst.goes_on_after(n - 1)) --n;
  }
  if (const uint32_t entry = first_request(burst, n); entry < n)
    return refuse_entry(Refusal::kRequest, entry);
  if (const uint32_t entry = fill_slots(burst, tail, n, chains); entry < n)
    return refuse_entry(Refusal::kNotOwner, entry);
  // In one order with arm()'s: either it sees the frames, or this sees that it slept.
  slots_->tail.store(tail + n, std::memory_order_seq_cst);
  if (slots_->armed.load(std::memory_order_seq_cst) && slots_->armed.exchange(false))
    slots_->waiters->wake_all();
  stats_.packets.add(n);
  if (n < count) stats_.ring_full.add(1);
  burst.drop_front(n, count);
  return static_cast<int32_t>(n);
}

/// How many of `wanted` slots are free.
uint32_t RingTx::room(uint32_t tail, uint32_t wanted) noexcept {
  if (slots_->capacity() - (tail - known_head_) < wanted)
    known_head_ = slots_->head.load(std::memory_order_acquire);
  return std::min(wanted, slots_->capacity() - (tail - known_head_));
}

int32_t RingTx::refuse_entry(Refusal why, uint32_t entry) noexcept {
  bad_entry_ = entry;
  return refuse(why);
}

[[gnu::cold]] void RingTx::give_back(uint32_t tail, uint32_t n, uint8_t self, uint8_t* owners) noexcept {
  for (uint32_t i = 0; i < n; ++i) owner::store(owners[slots_->index[(tail + i) & slots_->mask]], self);
}

}  // namespace pmd
