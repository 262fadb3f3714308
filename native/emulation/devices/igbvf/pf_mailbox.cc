#include "emulation/devices/igbvf/pf_mailbox.h"

#include <algorithm>
#include <cstring>

namespace pmd::emulation {

namespace {

using Words = std::span<const uint32_t, igb::mbx::kWords>;

constexpr uint64_t kNackPause = 2'000'000'000;
/// Extra unicast filters that the Linux PF has to give to its VFs.
constexpr size_t kMaxExtraMacs = 3;
/// VLVF entries of the NIC (82576EB datasheet 8.10.17), of which the Linux PF keeps the first for VID 0.
constexpr size_t kMaxVlans = 31;
constexpr uint32_t kMacFilterClear = 1u << igb::mbx::kInfoShift;
constexpr uint32_t kMacFilterAdd = 2u << igb::mbx::kInfoShift;
/// VMOLR.RLPML: what is left of a length once it is in the register.
constexpr uint32_t kRlpmlMask = 0x3FFF;

bool is_valid(const MacAddress& mac) {
  return !is_zero(mac) && !is_multicast(mac);
}

}  // namespace

std::optional<PfMessage> PfMailbox::request(Words message, uint64_t now_ns) {
  using namespace igb::mbx;
  uint32_t word0 = message[0];
  // An answer of its own that comes back is not a request.
  if (word0 & (kAck | kNack)) return std::nullopt;
  if (word0 == kReset) return reset_request(now_ns);
  PfMessage reply;
  if (!clear_to_send_) {
    if (!may_nack(now_ns)) return std::nullopt;
    last_nack_ns_ = now_ns;
    reply.words[0] = word0 | kNack;
    return reply;
  }
  bool done = false;
  switch (word0 & kCodeMask) {
    case kSetMac:
      done = set_mac(message);
      break;
    case kSetMulticast:
      done = set_multicast(message);
      break;
    case kSetVlan:
      done = set_vlan(message);
      break;
    case kSetLpe:
      // Linux checks nothing here: it ORs the value into VMOLR, and acknowledges.
      switch_.set_max_frame(message[1] & kRlpmlMask);
      done = true;
      break;
    case kSetPromisc:
      done = set_promisc(word0);
      break;
    default:
      break;
  }
  reply.words[0] = word0 | kCts | (done ? kAck : kNack);
  return reply;
}

std::optional<PfMessage> PfMailbox::acknowledged(uint64_t now_ns) {
  if (clear_to_send_ || !may_nack(now_ns)) return std::nullopt;
  last_nack_ns_ = now_ns;
  PfMessage reply;
  reply.words[0] = igb::mbx::kNack;
  return reply;
}

void PfMailbox::vf_was_reset(uint64_t now_ns) {
  // A MAC that only the VF knew about is forgotten, since the VF may have changed hands; the administrator's
  // stays.
  if (!policy_.admin_mac) mac_ = {};
  forget_vf(now_ns);
  switch_.enable_vf(false);
}

void PfMailbox::pf_is_reset() {
  clear_to_send_ = false;
  switch_.enable_vf(false);
}

PfMessage PfMailbox::ping() const {
  PfMessage message;
  message.words[0] = igb::mbx::kPfControl | (clear_to_send_ ? igb::mbx::kCts : 0);
  return message;
}

void PfMailbox::set_policy(const PfPolicy& policy) {
  const bool mac_changed = policy.admin_mac != policy_.admin_mac;
  policy_ = policy;
  if (mac_changed) apply_mac(policy.admin_mac.value_or(MacAddress{}));
}

PfMessage PfMailbox::reset_request(uint64_t now_ns) {
  using namespace igb::mbx;
  if (policy_.admin_mac) mac_ = *policy_.admin_mac;
  forget_vf(now_ns);
  switch_.enable_vf(true);
  clear_to_send_ = true;
  // The answer to RESET is the one that carries no CTS.
  const auto [low, high] = words_of(mac_);
  return {{kReset | (is_zero(mac_) ? kNack : kAck), low, high}, 3};
}

void PfMailbox::forget_vf(uint64_t now_ns) {
  clear_to_send_ = false;
  last_nack_ns_ = now_ns;
  for (const uint16_t vid : vlans_) switch_.set_vlan(vid, false);
  vlans_.clear();
  // With VLAN 0 come frames that carry a priority and no VLAN.
  switch_.set_vlan(home_vlan_, false);
  home_vlan_ = policy_.port_vlan.value_or(0);
  switch_.set_vlan(home_vlan_, true);
  extra_macs_.clear();
  multicast_overflow_ = false;
  switch_.set_vlan_strip(policy_.port_vlan.has_value());
  switch_.set_extra_macs({});
  switch_.set_multicast({});
  switch_.set_all_multicast(false);
  switch_.set_max_frame(0);
  switch_.set_mac(mac_);
}

bool PfMailbox::may_nack(uint64_t now_ns) const noexcept {
  return !last_nack_ns_ || now_ns - *last_nack_ns_ > kNackPause;
}

void PfMailbox::apply_mac(const MacAddress& mac) {
  mac_ = mac;
  switch_.set_mac(mac);
}

bool PfMailbox::set_mac(Words message) {
  const uint32_t info = message[0] & igb::mbx::kInfoMask;
  const MacAddress mac = igb::mbx::mac_of(message[1], message[2]);
  if (policy_.admin_mac && !policy_.trusted) return false;
  if (info == kMacFilterClear) {
    extra_macs_.clear();
  } else if (info == kMacFilterAdd) {
    if (!is_valid(mac) || extra_macs_.size() == kMaxExtraMacs) return false;
    extra_macs_.push_back(mac);
  } else {
    if (info != 0 || !is_valid(mac)) return false;
    apply_mac(mac);
    return true;
  }
  switch_.set_extra_macs(extra_macs_);
  return true;
}

bool PfMailbox::set_multicast(Words message) {
  const uint32_t count = (message[0] & igb::mbx::kInfoMask) >> igb::mbx::kInfoShift;
  std::array<uint16_t, igb::mbx::kMaxMulticastHashes> hashes;
  std::memcpy(hashes.data(), message.data() + 1, sizeof(hashes));
  // More than fit (DPDK says 0x80 for it): everything, then.
  multicast_overflow_ = count > hashes.size();
  switch_.set_multicast(std::span(hashes).first(std::min<size_t>(count, hashes.size())));
  switch_.set_all_multicast(multicast_overflow_);
  return true;
}

bool PfMailbox::set_vlan(Words message) {
  if (policy_.port_vlan) return false;
  const bool add = (message[0] & igb::mbx::kInfoMask) != 0;
  const uint16_t vid = message[1] & 0xFFF;
  if (vid == 0) {
    // Every VF is a member, and stays one.
    if (add) switch_.set_vlan_strip(false);
    return true;
  }
  const auto known = std::find(vlans_.begin(), vlans_.end(), vid);
  if (add && known == vlans_.end()) {
    if (vlans_.size() == kMaxVlans) return false;
    vlans_.push_back(vid);
  } else if (!add && known != vlans_.end()) {
    vlans_.erase(known);
  }
  switch_.set_vlan(vid, add);
  switch_.set_vlan_strip(true);
  return true;
}

bool PfMailbox::set_promisc(uint32_t& word0) {
  const bool multicast = (word0 & igb::mbx::kPromiscMulticast) != 0;
  switch_.set_all_multicast(multicast || multicast_overflow_);
  word0 &= ~igb::mbx::kPromiscMulticast;
  // What is left is unicast promiscuity, which the in-tree driver has not: refused, with the multicast part
  // applied.
  return (word0 & igb::mbx::kInfoMask) == 0;
}

}  // namespace pmd::emulation
