#include "loopback/tx_queue.h"

#include <algorithm>
#include <utility>

#include "port/tx_request.h"

namespace pmd::loopback {

namespace {
constexpr uint32_t kMinFrame = 14;  ///< an Ethernet header
constexpr uint32_t kPadTo = 60;
}  // namespace

LoopTxQueue::LoopTxQueue(Transmit transmit, PacketPool& pool, uint32_t size, uint32_t max_frame,
                         uint32_t longest)
    : transmit_(std::move(transmit)),
      pool_(pool),
      size_(size),
      max_frame_(max_frame),
      longest_(longest),
      bytes_(size_t{size} * longest) {
  buffers_.reserve(size);
  frames_.reserve(size);
  pool_.add_ring(holding_);
}

LoopTxQueue::~LoopTxQueue() {
  pool_.remove_ring(holding_);
}

int32_t LoopTxQueue::send(Burst& burst) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  reclaim_into(cache);
  const uint32_t count = burst.count();
  if (burst.has_requests()) {
    const Refusal verdict = fulfil_requests(burst, count, bad_entry_);
    if (verdict != Refusal{}) return refuse(verdict);
  }
  const bool chains = burst.has_chains();
  uint32_t taken = 0;
  while (taken < count) {
    const uint32_t entries = chains ? burst.chain_length(taken, count) : 1;
    if (entries < size_ && taken + entries >= size_) break;
    const Refusal verdict = take(burst, taken, entries);
    if (verdict != Refusal{}) return take_back(cache, verdict);
    taken += entries;
  }
  holding_.set(taken);
  transmit_(frames_);
  for (const Frame& frame : frames_) stats_.bytes.add(frame.size());
  stats_.packets.add(frames_.size());
  frames_.clear();
  if (taken < count) stats_.ring_full.add(1);
  burst.drop_front(taken, count);
  return static_cast<int32_t>(taken);
}

/// Makes the buffers of a frame the driver's, and copies it to where it is sent from; or says why not.
/// JavaScript may write to the burst meanwhile: each number is read once.
Refusal LoopTxQueue::take(const Burst& burst, uint32_t first, uint32_t entries) noexcept {
  const uint32_t most = max_frame_.load(std::memory_order_relaxed);
  std::byte* const frame = bytes_.data() + frames_.size() * longest_;
  uint32_t total = 0;
  for (uint32_t i = first; i < first + entries; ++i) {
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    const uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    bad_entry_ = i;
    if (buffer >= pool_.buffers() || owner::load(pool_.owners()[buffer]) != burst.cache().id())
      return Refusal::kNotOwner;
    const uint32_t shortest = entries == 1 ? kPadTo : 1;
    if (entries >= size_ || length == 0 || total + length > most ||
        offset + std::max(length, shortest) > pool_.buffer_size())
      return Refusal::kFrameLength;
    std::copy_n(pool_.buffer(buffer) + offset, length, frame + total);
    total += length;
    owner::store(pool_.owners()[buffer], owner::kDriver);
    buffers_.push_back(buffer);
  }
  if (total < kMinFrame) return Refusal::kFrameLength;
  const uint32_t padded = std::max(total, kPadTo);
  std::fill(frame + total, frame + padded, std::byte{0});
  frames_.emplace_back(frame, padded);
  return Refusal{};
}

int32_t LoopTxQueue::take_back(PoolCache& cache, Refusal why) noexcept {
  for (const uint32_t buffer : buffers_) owner::store(pool_.owners()[buffer], cache.id());
  buffers_.clear();
  frames_.clear();
  return refuse(why);
}

uint32_t LoopTxQueue::reclaim() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  return reclaim_into(*cache());
}

uint32_t LoopTxQueue::reclaim_into(PoolCache& cache) noexcept {
  const auto freed = static_cast<uint32_t>(buffers_.size());
  for (const uint32_t buffer : buffers_) cache.push(buffer);
  cache.settle();
  buffers_.clear();
  holding_.set(0);
  return freed;
}

void LoopTxQueue::empty() noexcept {
  pool_.give(buffers_.data(), static_cast<uint32_t>(buffers_.size()));
  buffers_.clear();
  holding_.set(0);
}

}  // namespace pmd::loopback
