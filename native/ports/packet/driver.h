#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "port/driver.h"
#include "ports/packet/device.h"
#include "ports/packet/rx_queue.h"
#include "ports/packet/tx_queue.h"

namespace pmd::packet {

/// What the driver can do.
Capabilities packet_capabilities();

/// Drives an interface of the kernel through packet sockets: one queue each way.
class PacketDriver final : public Driver {
 public:
  PacketDriver(PacketDevice& device, const DriverSetup& setup);
  ~PacketDriver() override;

  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Task<> bring_up() override;
  void quiesce() noexcept override {}
  void release() noexcept override { rx0_.release(); }
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
  void set_multicast(const SetMulticast& wanted);
  void set_mtu(uint32_t mtu);

  const Capabilities capabilities_ = packet_capabilities();
  PacketDevice& device_;
  NicSettings settings_;
  Link link_;
  bool is_bound_ = false;
  std::array<std::unique_ptr<RxQueue>, 1> rx_;
  std::array<std::unique_ptr<TxQueue>, 1> tx_;
  PacketRxQueue& rx0_;
  PacketTxQueue& tx0_;
};

}  // namespace pmd::packet
