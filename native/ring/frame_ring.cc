#include "ring/frame_ring.h"

#include <bit>
#include <utility>

#include "ring/ring_rx.h"
#include "ring/ring_tx.h"
#include "util/error.h"

namespace pmd {

namespace {

uint32_t checked_capacity(uint32_t capacity) {
  if (std::has_single_bit(capacity) && capacity >= FrameRing::kMinCapacity &&
      capacity <= FrameRing::kMaxCapacity)
    return capacity;
  throw Error(ErrorCode::kInvalidArgument, "a ring of " + std::to_string(capacity) + " entries",
              "use a power of two from " + std::to_string(FrameRing::kMinCapacity) + " to " +
                  std::to_string(FrameRing::kMaxCapacity));
}

void shut(Queue& queue) noexcept {
  queue.shut(Refusal::kClosed);
}

/// Waits until no burst is under way, and keeps further ones out.
void take_gate(Queue& queue) noexcept {
  while (!queue.gate().try_enter()) sched_yield();
}

}  // namespace

FrameRing::FrameRing(std::string name, std::shared_ptr<PacketPool> pool, const RingOptions& options)
    : name_(std::move(name)),
      pool_(std::move(pool)),
      capacity_(checked_capacity(options.capacity)),
      slots_(std::make_shared<RingSlots>(capacity_)),
      rx_(std::make_unique<RingRx>(slots_, *pool_, options.consumers)),
      tx_(std::make_unique<RingTx>(slots_, *pool_, options.producers)) {
  pool_->add_holder(*this);
}

FrameRing::~FrameRing() {
  close();
}

void FrameRing::close() noexcept {
  if (closed_.exchange(true)) return;
  shut(*rx_);
  shut(*tx_);
  take_gate(*rx_);
  take_gate(*tx_);
  pool_->remove_holder(*this);
  const uint32_t tail = slots_->tail.load(std::memory_order_relaxed);
  const uint32_t head = slots_->head.exchange(tail, std::memory_order_relaxed);
  slots_->for_runs(head, tail - head,
                   [&](uint32_t slot, uint32_t, uint32_t n) { pool_->give(&slots_->index[slot], n); });
  slots_->armed.exchange(false, std::memory_order_seq_cst);  // see RingRx::arm()
  rx_->waiters().wake_all();
}

uint32_t FrameRing::held() const noexcept {
  return slots_->filled();
}

}  // namespace pmd
