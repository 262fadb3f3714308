#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "port/driver.h"
#include "ports/tap/device.h"
#include "ports/tap/rx_queue.h"
#include "ports/tap/tx_queue.h"

namespace pmd::tap {

/// What the driver can do.
Capabilities tap_capabilities();

/// Drives a TAP interface, whose far end is the kernel: one queue each way.
class TapDriver final : public Driver {
 public:
  TapDriver(TapDevice& device, const DriverSetup& setup);

  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Task<> bring_up() override;
  void quiesce() noexcept override {}
  void release() noexcept override {}
  Task<Health> check() override;
  Task<> apply(Request request) override;
  void cancel() noexcept override {}  // nothing waits
  std::vector<int> event_fds() const override { return {device_.interface().change_fd()}; }

  Link link() const noexcept override { return link_; }
  const NicSettings& settings() const noexcept override { return settings_; }
  DeviceCounters counters() const noexcept override { return {}; }
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override { return rx_; }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override { return tx_; }

 private:
  const Capabilities capabilities_ = tap_capabilities();
  TapDevice& device_;
  NicSettings settings_;
  Link link_;
  std::array<std::unique_ptr<RxQueue>, 1> rx_;
  std::array<std::unique_ptr<TxQueue>, 1> tx_;
  TapRxQueue& rx0_;
  TapTxQueue& tx0_;
};

}  // namespace pmd::tap
