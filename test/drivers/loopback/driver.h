#pragma once

#include <memory>
#include <span>
#include <vector>

#include "loopback/device.h"
#include "loopback/rx_queue.h"
#include "loopback/tx_queue.h"
#include "port/driver.h"

namespace pmd::loopback {

/// What the driver can do.
Capabilities loop_capabilities();

/// Drives one end of a cable: up to two queues each way. Frames for this port and for all are spread over the
/// RX queues by their flow's hash.
class LoopDriver final : public Driver, private End {
 public:
  LoopDriver(LoopDevice& device, const DriverSetup& setup);
  ~LoopDriver() override;

  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Task<> bring_up() override;
  void quiesce() noexcept override;
  void release() noexcept override;
  Task<Health> check() override { co_return Health::kGood; }
  Task<> apply(Request request) override;
  void cancel() noexcept override {}  // nothing waits

  Link link() const noexcept override { return {.up = true, .speed_mbps = 10'000, .full_duplex = true}; }
  const NicSettings& settings() const noexcept override { return settings_; }
  DeviceCounters counters() const noexcept override;
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override { return rx_; }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override { return tx_; }

 private:
  void deliver(std::span<const std::byte> frame) noexcept override;
  void transmit(std::span<const std::span<const std::byte>> frames) noexcept;
  LoopRxQueue& rx(size_t queue) const noexcept { return static_cast<LoopRxQueue&>(*rx_[queue]); }
  LoopTxQueue& tx(size_t queue) const noexcept { return static_cast<LoopTxQueue&>(*tx_[queue]); }

  const Capabilities capabilities_ = loop_capabilities();
  Cable& cable_;
  const unsigned end_;
  NicSettings settings_;
  std::vector<std::unique_ptr<RxQueue>> rx_;
  std::vector<std::unique_ptr<TxQueue>> tx_;
  // Guarded by the cable's lock.
  uint32_t max_frame_;
  struct {
    uint64_t rx_packets = 0, rx_bytes = 0, rx_multicast = 0, rx_missed = 0, tx_packets = 0, tx_bytes = 0;
  } counts_;
};

}  // namespace pmd::loopback
