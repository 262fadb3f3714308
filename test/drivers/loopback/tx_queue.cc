#include "loopback/tx_queue.h"

#include <cstring>
#include <utility>

#include "net/frame.h"

namespace pmd::loopback {

LoopTxQueue::LoopTxQueue(Transmit transmit, PacketPool& pool, uint32_t size, uint32_t max_frame,
                         uint32_t longest)
    : transmit_(std::move(transmit)),
      pool_(pool),
      longest_(longest),
      gatherer_(pool, {.max_frame = max_frame, .pad_to = kMinFrameOnWire, .most_entries = size - 1}),
      bytes_(size_t{size} * longest) {
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
  const Refusal verdict = gatherer_.take(burst, count, bad_entry_);
  if (verdict != Refusal{}) {
    gatherer_.settle(cache, 0);
    return refuse(verdict);
  }
  const auto taken = static_cast<uint32_t>(gatherer_.buffers().size());
  holding_.set(taken);
  for (const TxGatherer::Frame& frame : gatherer_.frames()) copy(frame);
  transmit_(frames_);
  for (const Frame& frame : frames_) stats_.bytes.add(frame.size());
  stats_.packets.add(frames_.size());
  frames_.clear();
  if (taken < count) stats_.ring_full.add(1);
  burst.drop_front(taken, count);
  return static_cast<int32_t>(taken);
}

/// Copies a frame to where it is sent from.
void LoopTxQueue::copy(const TxGatherer::Frame& frame) noexcept {
  std::byte* const begin = bytes_.data() + frames_.size() * longest_;
  std::byte* to = begin;
  for (const iovec& part : frame.parts) {
    std::memcpy(to, part.iov_base, part.iov_len);
    to += part.iov_len;
  }
  frames_.emplace_back(begin, to);
}

uint32_t LoopTxQueue::reclaim() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  return reclaim_into(*cache());
}

uint32_t LoopTxQueue::reclaim_into(PoolCache& cache) noexcept {
  holding_.set(0);
  return gatherer_.settle(cache, gatherer_.frames().size()).entries;
}

void LoopTxQueue::empty() noexcept {
  const auto buffers = gatherer_.buffers();
  pool_.give(buffers.data(), static_cast<uint32_t>(buffers.size()));
  gatherer_.clear();
  holding_.set(0);
}

}  // namespace pmd::loopback
