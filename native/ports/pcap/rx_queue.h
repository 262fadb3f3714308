#pragma once

#include <array>
#include <atomic>

#include "port/queue.h"
#include "ports/pcap/device.h"

namespace pmd::pcap {

/// Receives the frames of a file, in its order.
class PcapRxQueue final : public RxQueue {
 public:
  /// `max_frame`: bytes without FCS.
  PcapRxQueue(PcapDevice& device, PacketPool& pool, uint32_t max_frame);

  int32_t receive(Burst& burst, uint32_t max) noexcept override;
  int wait_fd() const noexcept override { return device_.due_fd(); }
  bool arm() noexcept override;
  uint32_t count_ready() noexcept override;
  void take_event(int fd) noexcept override;
  bool ended() const noexcept override { return state_.load(std::memory_order_acquire) == State::kEnded; }

  /// Whether the file can't be read on: the reader's fault says why.
  bool failed() const noexcept { return state_.load(std::memory_order_acquire) == State::kFailed; }
  /// Any thread.
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  enum class State : uint8_t { kReading, kEnded, kFailed };

  bool is_due() noexcept;
  uint64_t due_ns() noexcept;
  void begin_again() noexcept;
  bool take(Burst& burst, uint32_t entry) noexcept;
  void finish(State state) noexcept;

  PcapDevice& device_;
  PacketPool& pool_;
  Reader* const reader_;
  const bool loops_;
  std::atomic<uint32_t> max_frame_;
  std::atomic<State> state_{State::kReading};
  bool gave_any_ = false;       ///< ever: without, reading the file again is no use
  uint64_t base_ns_ = 0;        ///< when the first frame of the pass was due; 0: there was none
  uint64_t first_time_ns_ = 0;  ///< the time that the file says of it
  uint64_t last_due_ns_ = 0;
  std::array<uint64_t, Burst::kMaxCapacity> times_;  ///< of one burst
};

}  // namespace pmd::pcap
