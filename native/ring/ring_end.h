#pragma once

#include <sched.h>

#include <memory>
#include <utility>

#include "port/queue.h"
#include "ring/frame_ring.h"
#include "ring/ring_slots.h"
#include "util/barrier.h"

namespace pmd {

/// What both ends of a ring share, over RxQueue or TxQueue: who may use it.
template <typename Base>
class alignas(64) RingEnd : public Base {
 public:
  RingEnd(std::shared_ptr<RingSlots> slots, const PacketPool& pool, RingUsers users)
      : slots_(std::move(slots)), pool_(pool), users_(users) {
    this->gate().leave();
  }

  bool attach(PoolCache& cache) noexcept override {
    return users_ == RingUsers::kMulti || Queue::attach(cache);
  }
  void detach(PoolCache& cache) noexcept override {
    if (users_ == RingUsers::kSingle) Queue::detach(cache);
  }

 protected:
  /// Whether the calling thread may go on, inside the gate. Otherwise `refused` is what to return. Several
  /// threads wait for their turns, which last as long as one burst takes.
  bool enter(const PoolCache& cache, int32_t& refused) noexcept {
    refused = refuse(Refusal::kPoolMismatch);
    if (users_ == RingUsers::kSingle) {
      if (&cache != this->cache()) return false;
      if (this->gate_.try_enter()) [[likely]]
        return true;
      refused = this->refusal();
      return false;
    }
    if (&cache.pool() != &pool_) return false;
    for (unsigned spins = 0; !this->gate_.try_enter(); ++spins) {
      refused = this->refusal();
      if (refused < 0) return false;
      spins < kSpinsBeforeYield ? cpu_relax() : static_cast<void>(sched_yield());
    }
    return true;
  }

  const std::shared_ptr<RingSlots> slots_;

 private:
  static constexpr unsigned kSpinsBeforeYield = 400;
  const PacketPool& pool_;
  const RingUsers users_;
};

}  // namespace pmd
