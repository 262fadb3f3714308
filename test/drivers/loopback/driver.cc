#include "loopback/driver.h"

#include <mutex>

#include "net/flow_hash.h"
#include "net/frame.h"

namespace pmd::loopback {

Capabilities loop_capabilities() {
  return {.driver = "loopback",
          .rx_queues = kRxQueues,
          .tx_queues = 2,
          .rx_ring = {16, 256},
          .tx_ring = {8, 128},
          .mtu = {256, 2000},
          .rx_flags = 0,
          .rss = true,
          .set_mac = false,
          .vlan_filter = false,
          .multicast = 0,
          .all_multicast = false};
}

LoopDriver::LoopDriver(LoopDevice& device, const DriverSetup& setup)
    : cable_(device.cable()),
      end_(device.end()),
      settings_(setup.settings),
      max_frame_(longest_frame(setup.settings.mtu)) {
  settings_.mac = random_mac();
  for (unsigned i = 0; i < setup.rx_queues; ++i)
    rx_.push_back(std::make_unique<LoopRxQueue>(cable_, *setup.pool, setup.rx_ring, device.wait_fd(i)));
  for (unsigned i = 0; i < setup.tx_queues; ++i)
    tx_.push_back(std::make_unique<LoopTxQueue>([this](const auto& frames) { transmit(frames); }, *setup.pool,
                                                setup.tx_ring, max_frame_,
                                                longest_frame(capabilities_.mtu.most)));
}

LoopDriver::~LoopDriver() {
  quiesce();
  release();
}

Task<> LoopDriver::bring_up() {
  quiesce();
  for (size_t i = 0; i < rx_.size(); ++i) rx(i).fill();
  for (size_t i = 0; i < tx_.size(); ++i) tx(i).empty();
  const std::lock_guard guard(cable_.lock());
  cable_.attach(end_, this);
  co_return;
}

void LoopDriver::quiesce() noexcept {
  const std::lock_guard guard(cable_.lock());
  cable_.attach(end_, nullptr);
}

void LoopDriver::release() noexcept {
  for (size_t i = 0; i < rx_.size(); ++i) rx(i).empty();
  for (size_t i = 0; i < tx_.size(); ++i) tx(i).empty();
}

/// What the capabilities exclude does not come here.
Task<> LoopDriver::apply(Request request) {
  if (const auto* const wanted = std::get_if<SetMtu>(&request)) {
    settings_.mtu = wanted->mtu;
    for (size_t i = 0; i < tx_.size(); ++i) tx(i).set_max_frame(longest_frame(wanted->mtu));
    const std::lock_guard guard(cable_.lock());
    max_frame_ = longest_frame(wanted->mtu);
  }
  co_return;
}

DeviceCounters LoopDriver::counters() const noexcept {
  const std::lock_guard guard(cable_.lock());
  return {.rx_packets = counts_.rx_packets,
          .rx_bytes = counts_.rx_bytes,
          .rx_multicast = counts_.rx_multicast,
          .rx_missed = counts_.rx_missed,
          .tx_packets = counts_.tx_packets,
          .tx_bytes = counts_.tx_bytes};
}

void LoopDriver::deliver(std::span<const std::byte> frame) noexcept {
  const MacAddress to = mac_at(frame.data());
  if ((to != settings_.mac && to != kBroadcast) || frame.size() > max_frame_) return;
  if (!rx(flow_hash(frame) % rx_.size()).push(frame)) {
    ++counts_.rx_missed;
    return;
  }
  ++counts_.rx_packets;
  counts_.rx_bytes += frame.size() + kFcs;
  counts_.rx_multicast += is_multicast(to);
}

void LoopDriver::transmit(std::span<const std::span<const std::byte>> frames) noexcept {
  const std::lock_guard guard(cable_.lock());
  for (const auto& frame : frames) {
    cable_.transmit(end_, frame);
    ++counts_.tx_packets;
    counts_.tx_bytes += frame.size() + kFcs;
  }
}

}  // namespace pmd::loopback
