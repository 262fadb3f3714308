#pragma once

#include <span>

#include "port/queue.h"
#include "port/tx_gatherer.h"

namespace pmd {

/// A TX queue whose frames have been copied when send() returns. Nothing is ever under way, and the buffers
/// are free again.
class CopyingTxQueue : public TxQueue {
 public:
  int32_t send(Burst& burst) noexcept final;
  uint32_t reclaim() noexcept final { return 0; }
  uint32_t pending() const noexcept final { return 0; }
  uint32_t unsent() const noexcept final { return 0; }

  /// Any thread. Bytes without FCS.
  void set_max_frame(uint32_t bytes) noexcept { gatherer_.set_max_frame(bytes); }

 protected:
  using Frames = std::span<const TxGatherer::Frame>;

  CopyingTxQueue(PacketPool& pool, const TxGatherer::Limits& limits) : gatherer_(pool, limits) {}

  /// Copies frames of a burst to where they go. Returns how many went; or sets `why` and bad_entry_, and none
  /// went.
  virtual size_t transmit(const Burst& burst, Frames frames, Refusal& why) noexcept = 0;

 private:
  TxGatherer gatherer_;
};

}  // namespace pmd
