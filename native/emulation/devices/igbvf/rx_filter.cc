#include "emulation/devices/igbvf/rx_filter.h"

#include <algorithm>

namespace pmd::emulation {

void RxFilter::set_multicast(std::span<const uint16_t> hashes) {
  multicast_.reset();
  for (const uint16_t hash : hashes) multicast_.set(hash & 0xFFF);
}

bool RxFilter::address_matches(const MacAddress& destination) const noexcept {
  if (destination == mac_ || destination == kBroadcast) return true;
  if (is_multicast(destination))
    return all_multicast_ || multicast_.test(igb::mbx::multicast_hash(destination));
  return std::find(extra_macs_.begin(), extra_macs_.end(), destination) != extra_macs_.end();
}

RxFilter::Verdict RxFilter::judge(const std::byte* frame, uint32_t length) const noexcept {
  // A VF without an address matches none: zero is not a destination.
  const MacAddress destination = mac_at(frame);
  if (is_zero(destination) || !address_matches(destination)) return Verdict::kRefuse;
  uint16_t tci = 0;
  const bool tagged = vlan_tag(frame, length, tci);
  if (tagged && !vlans_.test(tci & 0xFFF)) return Verdict::kRefuse;
  return fits(length, tagged) ? Verdict::kAccept : Verdict::kTooLong;
}

}  // namespace pmd::emulation
