#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "port/driver.h"
#include "ports/pcap/device.h"
#include "ports/pcap/rx_queue.h"
#include "ports/pcap/tx_queue.h"

namespace pmd::pcap {

/// What the driver can do with the files of an address.
Capabilities pcap_capabilities(const Address& address);

/// Receives from a capture file, and sends into one: one queue each way.
class PcapDriver final : public Driver {
 public:
  PcapDriver(PcapDevice& device, const DriverSetup& setup);

  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Task<> bring_up() override { co_return; }
  void quiesce() noexcept override {}
  void release() noexcept override {}
  Task<Health> check() override;
  Task<> apply(Request request) override;
  void cancel() noexcept override {}  // nothing waits
  std::vector<int> event_fds() const override { return {device_.control_fd()}; }

  Link link() const noexcept override { return {.up = true, .speed_mbps = 0, .full_duplex = true}; }
  const NicSettings& settings() const noexcept override { return settings_; }
  DeviceCounters counters() const noexcept override { return {}; }
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override { return rx_; }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override { return tx_; }

 private:
  PcapDevice& device_;
  const Capabilities capabilities_;
  NicSettings settings_;
  std::array<std::unique_ptr<RxQueue>, 1> rx_;
  std::array<std::unique_ptr<TxQueue>, 1> tx_;
  PcapRxQueue& rx0_;
  PcapTxQueue& tx0_;
};

}  // namespace pmd::pcap
