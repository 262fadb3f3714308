#include "loopback/rx_queue.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "util/error.h"
#include "util/eventfd.h"

namespace pmd::loopback {

LoopRxQueue::LoopRxQueue(Cable& cable, PacketPool& pool, uint32_t size, int wait)
    : cable_(cable), pool_(pool), size_(size), wait_(wait) {
  pool_.add_ring(holding_);
}

LoopRxQueue::~LoopRxQueue() {
  pool_.remove_ring(holding_);
}

/// A frame is taken only when another buffer can take its place.
int32_t LoopRxQueue::receive(Burst& burst, uint32_t max) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const std::lock_guard guard(cable_.lock());
  const uint32_t first = burst.count();
  const uint32_t wanted = std::min({max, burst.capacity() - first, ready_});
  if (wanted == 0) {
    if (ready_ == 0) cache.reclaim();
    return 0;
  }
  const uint32_t count = cache.prepare(wanted);
  if (count < wanted) stats_.no_buffer.add(1);
  for (uint32_t i = first; i < first + count; ++i) {
    Slot& slot = slots_[first_];
    burst.index()[i] = slot.buffer;
    burst.length()[i] = slot.length;
    burst.offset()[i] = kHeadroom;
    burst.status()[i] = 0;
    owner::store(pool_.owners()[slot.buffer], cache.id());
    stats_.bytes.add(slot.length);
    slot.buffer = cache.pop();
    first_ = (first_ + 1) % size_;
  }
  ready_ -= count;
  stats_.packets.add(count);
  burst.set_count(first + count);
  if (burst.wants_more()) burst.describe(first, first + count);
  return static_cast<int32_t>(count);
}

bool LoopRxQueue::arm() noexcept {
  if (!gate_.try_enter()) return false;
  const GatePass pass(gate_);
  const std::lock_guard guard(cable_.lock());
  armed_ = ready_ == 0;
  return armed_;
}

void LoopRxQueue::take_event(int fd) noexcept {
  drain_eventfd(fd);
}

void LoopRxQueue::fill() {
  empty();
  std::vector<uint32_t> buffers(size_);
  const uint32_t got = pool_.take(buffers.data(), size_);
  if (got < size_) {
    pool_.give(buffers.data(), got);
    throw Error(ErrorCode::kPoolTooSmall,
                "only " + std::to_string(got) + " of the " + std::to_string(size_) +
                    " buffers that the RX ring needs are free",
                "release frames that are held, or create a larger pool");
  }
  const std::lock_guard guard(cable_.lock());
  for (const uint32_t buffer : buffers) slots_.push_back({buffer});
  holding_.set(size_);
}

uint32_t LoopRxQueue::count_ready() noexcept {
  const std::lock_guard guard(cable_.lock());
  return ready_;
}

void LoopRxQueue::empty() noexcept {
  const std::lock_guard guard(cable_.lock());
  for (const Slot& slot : slots_) pool_.give(&slot.buffer, 1);
  slots_.clear();
  first_ = ready_ = 0;
  holding_.set(0);
}

bool LoopRxQueue::push(std::span<const std::byte> frame) noexcept {
  if (ready_ + 1 >= slots_.size()) return false;
  Slot& slot = slots_[(first_ + ready_++) % size_];
  slot.length = static_cast<uint16_t>(frame.size());
  std::ranges::copy(frame, pool_.buffer(slot.buffer) + kHeadroom);
  if (std::exchange(armed_, false)) signal_eventfd(wait_);
  return true;
}

}  // namespace pmd::loopback
