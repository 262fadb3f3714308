#include "ports/tap/driver.h"

#include <variant>

#include "net/frame.h"

namespace pmd::tap {

namespace {

/// It receives every frame: this is how many addresses it keeps in mind.
constexpr uint32_t kMulticast = 64;

}  // namespace

Capabilities tap_capabilities() {
  return {.driver = "tap",
          .rx_ring = {32, 4096},
          .tx_ring = {32, 4096},
          .mtu = {68, 9216},
          .set_mac = true,
          .multicast = kMulticast,
          .all_multicast = true};
}

/// The kernel's address is the far end's: the port has one of its own.
TapDriver::TapDriver(TapDevice& device, const DriverSetup& setup)
    : device_(device),
      settings_(setup.settings),
      link_(device.interface().found().link),
      rx_{std::make_unique<TapRxQueue>(device.fd(), *setup.pool, longest_frame(setup.settings.mtu))},
      tx_{std::make_unique<TapTxQueue>(device.fd(), *setup.pool, longest_frame(setup.settings.mtu))},
      rx0_(static_cast<TapRxQueue&>(*rx_[0])),
      tx0_(static_cast<TapTxQueue&>(*tx_[0])) {
  if (is_zero(settings_.mac)) settings_.mac = random_mac();
}

Task<> TapDriver::bring_up() {
  co_await check();
}

Task<Health> TapDriver::check() {
  const auto link = device_.look();
  if (!link) co_return Health::kGone;
  link_ = *link;
  co_return Health::kGood;
}

/// What the capabilities exclude does not come here.
Task<> TapDriver::apply(Request request) {
  if (const auto* const wanted = std::get_if<SetMac>(&request)) settings_.mac = wanted->mac;
  if (const auto* const wanted = std::get_if<SetMulticast>(&request)) {
    settings_.multicast = wanted->addresses;
    settings_.all_multicast = wanted->all;
  }
  if (const auto* const wanted = std::get_if<SetMtu>(&request)) {
    device_.interface().require_mtu(wanted->mtu);
    settings_.mtu = wanted->mtu;
    rx0_.set_max_frame(longest_frame(wanted->mtu));
    tx0_.set_max_frame(longest_frame(wanted->mtu));
  }
  co_return;
}

}  // namespace pmd::tap
