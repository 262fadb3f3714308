#include <cstdio>
#include <string>

#include "net/frame.h"
#include "nic/igbvf/igb_vf.h"
#include "util/error.h"

// What the driver asks of the PF through the mailbox, and what it makes of the answers (Linux igb:
// igb_main.c, igb_rcv_msg_from_vf).

namespace pmd::igbvf {

namespace mbx = igb::mbx;
using namespace std::chrono_literals;

namespace {

uint32_t max_frame_with_tag_and_fcs(uint32_t mtu) {
  return longest_frame(mtu) + kFcs;
}

constexpr std::string_view kSeeLog = "the PF's log (dmesg) may say why";

}  // namespace

Task<> IgbVf::shake_hands() {
  const uint32_t words[] = {mbx::kReset};
  // The PF resets its side of the VF before it replies: Linux and DPDK give it 10 ms.
  const Mailbox::Words reply = co_await mailbox_.request(words, 10ms);
  // The PF pings when it comes up, without CTS and perhaps just before it reads RESET. That is not its reset
  // anew. One that came after its answer shows in the requests that follow: it refuses them.
  mailbox_.forget_past();
  const uint32_t answer = reply[0] & ~mbx::kCts;
  if (answer == (mbx::kReset | mbx::kAck)) {
    co_await choose_mac(true, mbx::mac_of(reply[1], reply[2]));
  } else if (answer == (mbx::kReset | mbx::kNack)) {
    co_await choose_mac(false, {});  // normal: the administrator has assigned none
  } else {
    char text[80];
    std::snprintf(text, sizeof(text), "the PF's reply to RESET makes no sense: 0x%08x", reply[0]);
    throw Error(ErrorCode::kPeerRefused, text, "is the PF driver Linux's igb? Reload it and try again");
  }
}

Task<> IgbVf::choose_mac(bool assigned, MacAddress from_pf) {
  const bool has_theirs = assigned && !is_zero(from_pf);
  if (has_theirs && (is_zero(wanted_mac_) || wanted_mac_ == from_pf)) {
    settings_.mac = from_pf;
    refused_.erase({Setting::Kind::kMac});
    co_return;
  }
  // After a reset the PF has forgotten a MAC that we chose: it is sent again.
  if (!is_zero(wanted_mac_))
    settings_.mac = wanted_mac_;
  else if (is_zero(settings_.mac))
    settings_.mac = random_mac();
  co_await send_setting({Setting::Kind::kMac});
  if (has_theirs && refused_.contains({Setting::Kind::kMac})) settings_.mac = from_pf;
}

Task<> IgbVf::send_settings() {
  co_await send_setting({Setting::Kind::kMaxFrame});
  for (const uint32_t id : settings_.vlans) co_await send_setting({Setting::Kind::kVlan, id});
  if (!settings_.multicast.empty() || settings_.all_multicast)
    co_await send_setting({Setting::Kind::kMulticast});
}

Task<> IgbVf::request_setting(Setting setting) {
  switch (setting.kind) {
    case Setting::Kind::kMac:
      return request_mac(is_zero(wanted_mac_) ? settings_.mac : wanted_mac_);
    case Setting::Kind::kMaxFrame:
      return request_max_frame(settings_.mtu);
    case Setting::Kind::kVlan:
      return request_vlan(setting.vlan, true);
    case Setting::Kind::kMulticast:
      break;
  }
  return request_multicast(settings_.multicast, settings_.all_multicast);
}

/// A port that runs does without what the PF does not allow any more, as Linux's driver does: it would never
/// run again otherwise.
Task<> IgbVf::send_setting(Setting setting) {
  try {
    co_await request_setting(setting);
    refused_.erase(setting);
  } catch (const Error& error) {
    if (!was_up_ || error.code != ErrorCode::kPeerRefused) throw;
    if (refused_.insert(setting).second)
      untold_refusals_.push_back(std::string(error.what()) + " (" + error.hint + ")");
  }
}

Task<> IgbVf::retry_refused() {
  for (const Setting setting : std::vector(refused_.begin(), refused_.end())) {
    co_await send_setting(setting);
    if (setting.kind == Setting::Kind::kMac && !refused_.contains(setting) && !is_zero(wanted_mac_))
      settings_.mac = wanted_mac_;
  }
}

Task<> IgbVf::command(std::span<const uint32_t> words, std::string_view what, std::string_view hint) {
  const Mailbox::Words reply = co_await mailbox_.request(words);
  const uint32_t code = words[0] & mbx::kCodeMask;
  if ((reply[0] & mbx::kCodeMask) == code && (reply[0] & mbx::kAck) && !(reply[0] & mbx::kNack)) co_return;
  if (!(reply[0] & mbx::kCts)) {
    // Nothing else may ever tell of it: RSTD is not set when it was only us that the PF reset.
    mailbox_.give_up();
    throw Error(ErrorCode::kPeerSilent, "the PF was reset while it was asked to " + std::string(what),
                "the port recovers by itself; try again afterwards");
  }
  throw Error(ErrorCode::kPeerRefused, "the PF refused to " + std::string(what),
              std::string(hint) + "; ip link show PF lists what it has set for this VF");
}

Task<> IgbVf::request_mac(MacAddress mac) {
  const auto [low, high] = mbx::words_of(mac);
  const uint32_t words[] = {mbx::kSetMac, low, high};
  co_await command(words, "set the MAC address",
                   "the administrator has assigned one; ip link set PF vf N trust on lets a VF choose");
}

Task<> IgbVf::request_max_frame(uint32_t mtu) {
  const uint32_t words[] = {mbx::kSetLpe, max_frame_with_tag_and_fcs(mtu)};
  co_await command(words, "set the largest frame", kSeeLog);
}

Task<> IgbVf::request_vlan(uint32_t id, bool member) {
  const uint32_t words[] = {mbx::kSetVlan | (member ? 1u : 0u) << mbx::kInfoShift, id};
  co_await command(
      words, (member ? "join VLAN " : "leave VLAN ") + std::to_string(id),
      "the VF is in a VLAN of the administrator's, which ip link set PF vf N vlan 0 takes back, or "
      "the PF's table of 32 VLANs is full");
}

Task<> IgbVf::request_multicast(std::span<const MacAddress> addresses, bool all) {
  const auto count = static_cast<uint32_t>(addresses.size());
  if (addresses.size() > mbx::kMaxMulticastHashes)
    throw Error(ErrorCode::kInvalidArgument, std::to_string(addresses.size()) + " multicast addresses",
                "a message to the PF holds " + std::to_string(mbx::kMaxMulticastHashes) +
                    ": ask for all multicast frames to receive more");
  Mailbox::Words words{mbx::kSetMulticast | count << mbx::kInfoShift};
  for (uint32_t i = 0; i < count; ++i)
    words[1 + i / 2] |= uint32_t{mbx::multicast_hash(addresses[i])} << (16 * (i % 2));
  co_await command(std::span(words.data(), words.size()), "set the multicast filter", kSeeLog);
  const uint32_t promisc[] = {mbx::kSetPromisc | (all ? mbx::kPromiscMulticast : 0)};
  co_await command(promisc, all ? "pass all multicast frames" : "filter multicast frames", kSeeLog);
}

Task<> IgbVf::apply(Request request) {
  co_await std::visit([this](auto& wanted) { return carry_out(std::move(wanted)); }, request);
  retry_due_ = !refused_.empty();
}

Task<> IgbVf::carry_out(SetMac request) {
  // What is in force is not asked for: a PF that has assigned it would refuse. Ours is not in force once it
  // was refused; the PF's is.
  const bool ours_is_not = refused_.contains({Setting::Kind::kMac}) && settings_.mac == wanted_mac_;
  if (request.mac != settings_.mac || ours_is_not) co_await request_mac(request.mac);
  settings_.mac = wanted_mac_ = request.mac;
  refused_.erase({Setting::Kind::kMac});
}

Task<> IgbVf::carry_out(SetMtu request) {
  co_await request_max_frame(request.mtu);
  settings_.mtu = request.mtu;
  refused_.erase({Setting::Kind::kMaxFrame});
  rx0_.set_max_frame(longest_frame(request.mtu));
  tx0_.set_max_frame(longest_frame(request.mtu));
}

Task<> IgbVf::carry_out(SetVlan request) {
  const Setting setting{Setting::Kind::kVlan, request.id};
  // A PF that has refused a VLAN has nothing to leave, and would refuse that too.
  if (request.member || !refused_.contains(setting)) co_await request_vlan(request.id, request.member);
  refused_.erase(setting);
  std::erase(settings_.vlans, request.id);
  if (request.member) settings_.vlans.push_back(request.id);
}

Task<> IgbVf::carry_out(SetMulticast request) {
  co_await request_multicast(request.addresses, request.all);
  settings_.multicast = std::move(request.addresses);
  settings_.all_multicast = request.all;
  refused_.erase({Setting::Kind::kMulticast});
}

}  // namespace pmd::igbvf
