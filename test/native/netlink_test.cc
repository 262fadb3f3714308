#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "check.h"
#include "netlink/links.h"
#include "netlink/route_socket.h"
#include "netlink/usage.h"

using namespace pmd;
using netlink::InterfaceUse;
using netlink::LinkInfo;
using netlink::VfSettings;

namespace {

using Bytes = std::vector<std::byte>;

template <typename Value>
Bytes bytes_of(const Value& value) {
  Bytes bytes(sizeof(value));
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes padded(Bytes bytes) {
  bytes.resize(NLMSG_ALIGN(bytes.size()));
  return bytes;
}

Bytes attribute(unsigned type, const Bytes& value) {
  const rtattr header{.rta_len = static_cast<unsigned short>(sizeof(rtattr) + value.size()),
                      .rta_type = static_cast<unsigned short>(type)};
  return padded(bytes_of(header) + value);
}

Bytes text(const char* value) {
  const auto* const begin = reinterpret_cast<const std::byte*>(value);
  return {begin, begin + std::strlen(value) + 1};
}

Bytes message(uint16_t type, const Bytes& body, uint32_t sequence = 1) {
  const nlmsghdr header{.nlmsg_len = static_cast<uint32_t>(sizeof(nlmsghdr) + body.size()),
                        .nlmsg_type = type,
                        .nlmsg_flags = 0,
                        .nlmsg_seq = sequence,
                        .nlmsg_pid = 0};
  return padded(bytes_of(header) + body);
}

/// VF 3 with everything set; VF 4 of a driver that knows nothing but the MAC.
Bytes vf_list() {
  const ifla_vf_mac mac{.vf = 3, .mac = {2, 0, 0, 0, 0, 9}};
  const ifla_vf_vlan vlan{.vf = 3, .vlan = 100, .qos = 5};
  const ifla_vf_vlan_info info{.vf = 3, .vlan = 100, .qos = 5, .vlan_proto = htons(0x88A8)};
  const ifla_vf_mac other{.vf = 4, .mac = {}};
  const auto known =
      attribute(IFLA_VF_MAC, bytes_of(mac)) + attribute(IFLA_VF_VLAN, bytes_of(vlan)) +
      attribute(IFLA_VF_VLAN_LIST, attribute(IFLA_VF_VLAN_INFO, bytes_of(info))) +
      attribute(IFLA_VF_RATE, bytes_of(ifla_vf_rate{.vf = 3, .min_tx_rate = 10, .max_tx_rate = 500})) +
      attribute(IFLA_VF_SPOOFCHK, bytes_of(ifla_vf_spoofchk{.vf = 3, .setting = 1})) +
      attribute(IFLA_VF_TRUST, bytes_of(ifla_vf_trust{.vf = 3, .setting = 0})) +
      attribute(IFLA_VF_LINK_STATE, bytes_of(ifla_vf_link_state{.vf = 3, .link_state = 2}));
  const auto unknown =
      attribute(IFLA_VF_MAC, bytes_of(other)) +
      attribute(IFLA_VF_SPOOFCHK, bytes_of(ifla_vf_spoofchk{.vf = 4, .setting = UINT32_MAX})) +
      attribute(IFLA_VF_TRUST, bytes_of(ifla_vf_trust{.vf = 4, .setting = UINT32_MAX})) +
      attribute(IFLA_VF_LINK_STATE, bytes_of(ifla_vf_link_state{.vf = 4, .link_state = UINT32_MAX}));
  return attribute(IFLA_VF_INFO, known) + attribute(IFLA_VF_INFO, unknown);
}

Bytes link_body() {
  ifinfomsg header{};
  header.ifi_index = 7;
  header.ifi_flags = IFF_UP | IFF_RUNNING;
  const Bytes mac{std::byte{2}, {}, {}, {}, {}, std::byte{1}};
  return bytes_of(header) + attribute(IFLA_IFNAME, text("enp1s0")) + attribute(IFLA_ADDRESS, mac) +
         attribute(IFLA_MTU, bytes_of(uint32_t{1500})) + attribute(IFLA_MAX_MTU, bytes_of(uint32_t{9216})) +
         attribute(IFLA_MASTER, bytes_of(uint32_t{3})) + attribute(IFLA_LINK, bytes_of(uint32_t{5})) +
         attribute(IFLA_PARENT_DEV_NAME, text("0000:01:00.0")) +
         attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, text("vlan"))) +
         attribute(IFLA_VFINFO_LIST | NLA_F_NESTED, vf_list());
}

Bytes ipv4(uint8_t last) {
  return {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{last}};
}

Bytes address_body() {
  const ifaddrmsg header{
      .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_flags = 0, .ifa_scope = 0, .ifa_index = 4};
  return bytes_of(header) + attribute(IFA_ADDRESS, ipv4(9)) + attribute(IFA_LOCAL, ipv4(1));
}

rtmsg route_header(uint8_t prefix_length) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = prefix_length;
  header.rtm_type = RTN_UNICAST;
  return header;
}

/// A default route over interfaces 4 and 5.
Bytes multipath_body() {
  const auto hop = [](int index) {
    return bytes_of(
        rtnexthop{.rtnh_len = sizeof(rtnexthop), .rtnh_flags = 0, .rtnh_hops = 0, .rtnh_ifindex = index});
  };
  return bytes_of(route_header(0)) + attribute(RTA_MULTIPATH, hop(4) + hop(5));
}

std::vector<std::string> texts(const std::vector<InterfaceUse>& uses) {
  std::vector<std::string> result;
  for (const auto& use : uses) result.push_back(std::to_string(use.index) + " " + use.text);
  return result;
}

}  // namespace

TEST(reads_an_interface_and_what_its_pf_lets_vfs_do) {
  const auto link = netlink::parse_link(link_body());
  CHECK(link.has_value());
  if (!link) return;
  CHECK_EQ(link->index, 7);
  CHECK_EQ(link->name, "enp1s0");
  CHECK(link->is_up && link->has_carrier);
  CHECK_EQ(link->mtu, 1500u);
  CHECK_EQ(link->max_mtu, 9216u);
  CHECK_EQ(link->master, 3);
  CHECK_EQ(link->lower, 5);
  CHECK_EQ(link->kind, "vlan");
  CHECK_EQ(link->device, "0000:01:00.0");
  CHECK(link->mac == (MacAddress{2, 0, 0, 0, 0, 1}));
  CHECK_EQ(link->functions.size(), 2u);
  const VfSettings& vf = link->functions.at(0);
  CHECK_EQ(vf.index, 3u);
  CHECK(vf.mac == (MacAddress{2, 0, 0, 0, 0, 9}));
  CHECK_EQ(vf.vlan, 100u);
  CHECK_EQ(vf.vlan_protocol, 0x88A8u);
  CHECK_EQ(vf.vlan_priority, 5u);
  CHECK(vf.spoof_check == true && vf.trust == false);
  CHECK(vf.link_state == VfSettings::LinkState::kDisable);
  CHECK_EQ(vf.min_rate, 10u);
  CHECK_EQ(vf.max_rate, 500u);
}

TEST(says_nothing_of_settings_that_the_driver_does_not_know) {
  const VfSettings vf = netlink::parse_link(link_body()).value().functions.at(1);
  CHECK_EQ(vf.index, 4u);
  CHECK(!vf.spoof_check && !vf.trust && !vf.link_state);
}

TEST(takes_messages_that_are_cut_or_overwritten_anywhere) {
  const Bytes whole = link_body();
  for (size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    const auto link = netlink::parse_link(cut);
    CHECK(length >= sizeof(ifinfomsg) || !link);
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const uint8_t value : {0x00, 0x01, 0x03, 0x7F, 0x80, 0xFF}) {
      Bytes changed = whole;
      changed[at] = std::byte{value};
      netlink::parse_link(changed);
    }
  }
}

TEST(reads_addresses_and_routes_of_an_interface) {
  using Texts = std::vector<std::string>;
  CHECK(texts(netlink::parse_use(RTM_NEWADDR, address_body())) == Texts{"4 192.0.2.1/24"});
  const Bytes route =
      bytes_of(route_header(24)) + attribute(RTA_DST, ipv4(0)) + attribute(RTA_OIF, bytes_of(int32_t{4}));
  CHECK(texts(netlink::parse_use(RTM_NEWROUTE, route)) == Texts{"4 192.0.2.0/24"});
  CHECK(texts(netlink::parse_use(RTM_NEWROUTE, multipath_body())) == (Texts{"4 default", "5 default"}));
  CHECK(netlink::parse_use(RTM_NEWLINK, address_body()).empty());
  rtmsg local = route_header(32);
  local.rtm_type = RTN_LOCAL;
  CHECK(netlink::parse_use(RTM_NEWROUTE, bytes_of(local) + attribute(RTA_OIF, bytes_of(int32_t{1}))).empty());
}

TEST(takes_addresses_and_routes_that_are_cut_or_overwritten_anywhere) {
  for (const auto& [type, whole] :
       {std::pair{RTM_NEWADDR, address_body()}, std::pair{RTM_NEWROUTE, multipath_body()}}) {
    for (size_t at = 0; at < whole.size(); ++at) {
      netlink::parse_use(type, std::span(whole).first(at));
      for (const uint8_t value : {0x00, 0x01, 0x07, 0x7F, 0xFF}) {
        Bytes changed = whole;
        changed[at] = std::byte{value};
        netlink::parse_use(type, changed);
      }
    }
  }
}

TEST(lists_the_address_of_the_loopback) {
  const auto uses = netlink::list_uses();
  const auto index = static_cast<int>(if_nametoindex("lo"));
  CHECK(std::any_of(uses.begin(), uses.end(), [index](const InterfaceUse& use) {
    return use.index == index && use.kind == InterfaceUse::Kind::kAddress && use.text == "127.0.0.1/8";
  }));
}

TEST(reads_the_messages_of_an_answer_up_to_its_end) {
  std::vector<unsigned> types;
  const auto visit = [&types](uint16_t type, std::span<const std::byte>) { types.push_back(type); };
  const Bytes two = message(RTM_NEWLINK, link_body()) + message(RTM_NEWADDR, {});
  CHECK(netlink::read_messages(two, 1, visit) == std::nullopt);
  CHECK_EQ(types.size(), 2u);
  CHECK(netlink::read_messages(two, 2, visit) == std::nullopt);
  CHECK_EQ(types.size(), 2u);  // the answer to somebody else
  CHECK(netlink::read_messages(message(NLMSG_DONE, bytes_of(0)) + two, 1, visit) == 0);
  CHECK(netlink::read_messages(message(NLMSG_DONE, bytes_of(-EMSGSIZE)), 1, visit) == EMSGSIZE);
  CHECK(netlink::read_messages(message(NLMSG_ERROR, bytes_of(-EPERM)), 1, visit) == EPERM);
  CHECK(netlink::read_messages(message(NLMSG_ERROR, {}), 1, visit) == 0);
  CHECK_EQ(types.size(), 2u);
  Bytes endless = message(RTM_NEWLINK, {});
  std::fill_n(endless.begin(), sizeof(uint32_t), std::byte{0});  // a message of no length
  CHECK(netlink::read_messages(endless, 1, visit) == 0);
}

TEST(lists_the_interfaces_of_this_machine) {
  const auto links = netlink::list_links();
  const auto loopback =
      std::find_if(links.begin(), links.end(), [](const LinkInfo& link) { return link.name == "lo"; });
  CHECK(loopback != links.end());
  if (loopback == links.end()) return;
  CHECK_EQ(static_cast<unsigned>(loopback->index), if_nametoindex("lo"));
  CHECK(loopback->mtu >= 1500);
  CHECK(loopback->functions.empty());
}
