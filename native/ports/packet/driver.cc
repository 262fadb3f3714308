#include "ports/packet/driver.h"

#include <linux/if_packet.h>

#include <algorithm>

#include "net/frame.h"

namespace pmd::packet {

namespace {

/// The kernel keeps a list of an interface's addresses for as many as are asked for; it is walked for each
/// frame.
constexpr uint32_t kMulticast = 64;

}  // namespace

Capabilities packet_capabilities() {
  return {.driver = "packet",
          .rx_queues = 1,
          .tx_queues = 1,
          .rx_ring = {32, 8192},
          .tx_ring = {32, 4096},
          .mtu = {68, 9216},
          .rx_flags = rx_flag::kVlan,
          .multicast = kMulticast,
          .all_multicast = true};
}

PacketDriver::PacketDriver(PacketDevice& device, const DriverSetup& setup)
    : device_(device),
      settings_(setup.settings),
      link_(device.interface().found().link),
      rx_{std::make_unique<PacketRxQueue>(
          device.rx_socket(), *setup.pool, longest_frame(setup.settings.mtu),
          make_rx_ring(device.rx_socket(), setup.rx_ring, longest_frame(setup.settings.mtu),
                       device.has_blocks()))},
      tx_{std::make_unique<PacketTxQueue>(device.tx_socket(), device.offload_socket(), *setup.pool,
                                          longest_frame(setup.settings.mtu))},
      rx0_(static_cast<PacketRxQueue&>(*rx_[0])),
      tx0_(static_cast<PacketTxQueue&>(*tx_[0])) {
  settings_.mac = device.interface().found().mac;
}

PacketDriver::~PacketDriver() = default;

Task<> PacketDriver::bring_up() {
  if (!std::exchange(is_bound_, true)) device_.bind_rx();
  co_return;
}

Task<Health> PacketDriver::check() {
  const auto found = device_.look();
  if (!found) co_return Health::kGone;
  link_ = found->link;
  settings_.mac = found->mac;
  co_return Health::kGood;
}

/// What the capabilities exclude does not come here.
Task<> PacketDriver::apply(Request request) {
  if (const auto* const mtu = std::get_if<SetMtu>(&request)) set_mtu(mtu->mtu);
  if (const auto* const multicast = std::get_if<SetMulticast>(&request)) set_multicast(*multicast);
  co_return;
}

void PacketDriver::set_mtu(uint32_t mtu) {
  device_.interface().require_mtu(mtu);
  settings_.mtu = mtu;
  rx0_.set_max_frame(longest_frame(mtu));
  tx0_.set_max_frame(longest_frame(mtu));
}

/// New addresses first: when one is refused, those before are still received.
void PacketDriver::set_multicast(const SetMulticast& wanted) {
  const auto has = [](const std::vector<MacAddress>& list, const MacAddress& mac) {
    return std::ranges::find(list, mac) != list.end();
  };
  for (const MacAddress& mac : wanted.addresses)
    if (!has(settings_.multicast, mac)) device_.join(true, PACKET_MR_MULTICAST, mac);
  for (const MacAddress& mac : settings_.multicast)
    if (!has(wanted.addresses, mac)) device_.join(false, PACKET_MR_MULTICAST, mac);
  if (wanted.all != settings_.all_multicast) device_.join(wanted.all, PACKET_MR_ALLMULTI);
  settings_.multicast = wanted.addresses;
  settings_.all_multicast = wanted.all;
}

}  // namespace pmd::packet
