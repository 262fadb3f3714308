#include "ports/pcap/driver.h"

#include <string>
#include <utility>
#include <variant>

#include "net/frame.h"

namespace pmd::pcap {

namespace {

/// It receives every frame: this is how many addresses it keeps in mind.
constexpr uint32_t kMulticast = 64;
constexpr uint32_t kMaxMtu = kDataRooms.back() - kFrameOverhead;
static_assert(longest_frame(kMaxMtu) <= Writer::kMaxFrame);

/// The device is of no use any more.
Error removal_for(const Error& fault) {
  return Error(ErrorCode::kRemoved, std::string(fault.what()) + " (" + fault.hint + ')');
}

}  // namespace

Capabilities pcap_capabilities(const Address& address) {
  return {.driver = "pcap",
          .rx_ring = {32, 4096},
          .tx_ring = {32, 4096},
          .mtu = {68, kMaxMtu},
          .set_mac = true,
          .multicast = kMulticast,
          .all_multicast = true,
          .ends = !address.in.empty() && !address.loop,
          .own_times = !address.in.empty()};
}

PcapDriver::PcapDriver(PcapDevice& device, const DriverSetup& setup)
    : device_(device),
      capabilities_(pcap_capabilities(device.address())),
      settings_(setup.settings),
      rx_{std::make_unique<PcapRxQueue>(device, *setup.pool, longest_frame(setup.settings.mtu))},
      tx_{std::make_unique<PcapTxQueue>(device, *setup.pool, longest_frame(setup.settings.mtu))},
      rx0_(static_cast<PcapRxQueue&>(*rx_[0])),
      tx0_(static_cast<PcapTxQueue&>(*tx_[0])) {
  if (is_zero(settings_.mac)) settings_.mac = random_mac();
}

Task<Health> PcapDriver::check() {
  const Address& address = device_.address();
  if (tx0_.failed()) throw removal_for(error_of(address.out, device_.writer()->fault()));
  if (rx0_.failed()) throw removal_for(error_of(address.in, device_.reader()->fault()));
  co_return Health::kGood;
}

/// What the capabilities exclude does not come here.
Task<> PcapDriver::apply(Request request) {
  if (const auto* const wanted = std::get_if<SetMac>(&request)) settings_.mac = wanted->mac;
  if (const auto* const wanted = std::get_if<SetMulticast>(&request)) {
    settings_.multicast = wanted->addresses;
    settings_.all_multicast = wanted->all;
  }
  if (const auto* const wanted = std::get_if<SetMtu>(&request)) {
    settings_.mtu = wanted->mtu;
    rx0_.set_max_frame(longest_frame(wanted->mtu));
    tx0_.set_max_frame(longest_frame(wanted->mtu));
  }
  co_return;
}

}  // namespace pmd::pcap
