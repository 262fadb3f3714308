#include "ports/pcap/device.h"

#include <sys/timerfd.h>

#include <cerrno>

#include "util/descriptors.h"
#include "util/eventfd.h"

namespace pmd::pcap {

namespace {

UniqueFd make_timer() {
  UniqueFd fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) throw descriptor_error("cannot make a timer", "timerfd_create", errno);
  return fd;
}

}  // namespace

/// The file that is written comes last: it is emptied when nothing else can fail.
PcapDevice::PcapDevice(const Address& address)
    : Device({address.text, "pcap", "pcap"}), address_(address), control_(make_eventfd()) {
  if (address.original_time) due_ = make_timer();
  if (!address.in.empty()) reader_.emplace(address.in);
  if (!address.out.empty()) writer_.emplace(address.out);
}

FrameLosses PcapDevice::losses() const {
  FrameLosses losses;
  losses.tx_undelivered = discarded_.load(std::memory_order_relaxed);
  return losses;
}

void PcapDevice::call_control() noexcept {
  signal_eventfd(control_.get());
}

}  // namespace pmd::pcap
