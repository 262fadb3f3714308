#pragma once

#include <array>
#include <atomic>

#include "port/copying_tx_queue.h"
#include "port/frame_cutter.h"
#include "ports/pcap/device.h"

namespace pmd::pcap {

/// Writes frames into a file, or to nowhere. They are in it when send() returns.
class PcapTxQueue final : public CopyingTxQueue {
 public:
  /// `max_frame`: bytes without FCS.
  PcapTxQueue(PcapDevice& device, PacketPool& pool, uint32_t max_frame)
      : CopyingTxQueue(pool, {.max_frame = max_frame, .cuts = true}), device_(device) {}

  /// Whether the file can't be written on: the writer's fault says why.
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }

 private:
  size_t transmit(const Burst& burst, Frames frames, Refusal& why) noexcept override;
  Refusal read_times(const Burst& burst, Frames frames, uint64_t latest_ns) noexcept;
  size_t write(Writer& writer, Frames frames) noexcept;
  bool write_segments(Writer& writer, uint64_t time_ns, const TxGatherer::Frame& frame) noexcept;
  size_t fail(size_t written) noexcept;

  PcapDevice& device_;
  std::atomic<bool> failed_{false};
  FrameCutter cutter_;
  std::array<std::byte, kDataRooms.back() + kHeadroom> segment_;
  std::array<uint64_t, Burst::kMaxCapacity> times_ns_;  ///< of one send, a frame each; 0: now
};

}  // namespace pmd::pcap
