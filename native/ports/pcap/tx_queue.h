#pragma once

#include <atomic>
#include <vector>

#include "port/queue.h"
#include "ports/pcap/device.h"

namespace pmd::pcap {

/// Writes frames into a file, or to nowhere. They are in it when send() returns, so nothing is ever under
/// way, and the buffers are free again.
class PcapTxQueue final : public TxQueue {
 public:
  /// `max_frame`: bytes without FCS.
  PcapTxQueue(PcapDevice& device, PacketPool& pool, uint32_t max_frame);

  int32_t send(Burst& burst) noexcept override;
  uint32_t reclaim() noexcept override { return 0; }
  uint32_t pending() const noexcept override { return 0; }
  uint32_t unsent() const noexcept override { return 0; }

  /// Whether the file can't be written on: the writer's fault says why.
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  struct Written {
    uint32_t frames = 0;
    uint32_t entries = 0;
  };

  Refusal take(const Burst& burst, uint32_t first, uint32_t entries) noexcept;
  Written write() noexcept;
  Written fail(Written written) noexcept;
  void settle(PoolCache& cache, uint32_t written_entries) noexcept;

  struct Frame {
    uint32_t first;  ///< of parts_
    uint32_t entries;
    uint64_t time_ns;  ///< 0: now
  };

  PcapDevice& device_;
  PacketPool& pool_;
  std::atomic<uint32_t> max_frame_;
  std::atomic<bool> failed_{false};
  // Of one send.
  std::vector<Frame> frames_;
  std::vector<Writer::Part> parts_;
  std::vector<uint32_t> buffers_;
};

}  // namespace pmd::pcap
