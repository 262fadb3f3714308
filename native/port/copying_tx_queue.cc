#include "port/copying_tx_queue.h"

namespace pmd {

int32_t CopyingTxQueue::send(Burst& burst) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const uint32_t count = burst.count();
  Refusal why = gatherer_.take(burst, count, bad_entry_);
  const size_t frames = why == Refusal{} ? transmit(burst, gatherer_.frames(), why) : 0;
  const auto [entries, bytes] = gatherer_.settle(cache, frames);
  if (why != Refusal{}) return refuse(why);
  stats_.packets.add(frames);
  stats_.bytes.add(bytes);
  if (entries < count) stats_.ring_full.add(1);
  burst.drop_front(entries, count);
  return static_cast<int32_t>(entries);
}

}  // namespace pmd
