#include "ports/tap/device.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "ports/tap/open_tap.h"

namespace pmd::tap {

/// What stays as it is set comes last, when nothing else can fail.
TapDevice::TapDevice(const Address& address)
    : Device({address.text, "tap", "tun"}),
      tap_(open_tap(address)),
      interface_(address.interface),
      missed_before_(count_missed()) {
  set_persistence(tap_.get(), address);
  enable_offloads(tap_.get());
}

/// The interface may stay, and the next program may do no such work.
TapDevice::~TapDevice() {
  disable_offloads(tap_.get());
}

/// The descriptor follows an interface that is moved to another network namespace; what else the kernel knows
/// of it is out of reach then.
std::optional<Link> TapDevice::look() {
  ifreq request{};
  if (ioctl(tap_.get(), TUNGETIFF, &request) < 0) {
    present_.store(false, std::memory_order_relaxed);
    return std::nullopt;
  }
  interface_.require_name(request.ifr_name);
  if (const auto here = interface_.look()) return here->link;
  pollfd writable{.fd = tap_.get(), .events = POLLOUT, .revents = 0};
  const bool is_up = poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT);
  return Link{.up = is_up, .speed_mbps = 0, .full_duplex = is_up};
}

/// What the kernel sent, and its queue had no room for.
std::optional<uint64_t> TapDevice::count_missed() const {
  const auto here = interface_.look();
  return here ? kernel::tx_dropped(here->index) : std::nullopt;
}

FrameLosses TapDevice::losses() const {
  FrameLosses losses;
  const auto missed = count_missed();
  if (missed && missed_before_) losses.rx_missed = *missed - *missed_before_;
  return losses;
}

}  // namespace pmd::tap
