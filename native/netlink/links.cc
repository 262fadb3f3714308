#include "netlink/links.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>

#include "netlink/attributes.h"
#include "netlink/route_socket.h"

namespace pmd::netlink {

namespace {

/// The kernel reports this value when the PF's driver does not know a setting.
constexpr uint32_t kUnknown = UINT32_MAX;

std::optional<bool> setting(uint32_t value) noexcept {
  if (value == kUnknown) return std::nullopt;
  return value != 0;
}

std::optional<VfSettings::LinkState> link_state(uint32_t value) noexcept {
  if (value > IFLA_VF_LINK_STATE_DISABLE) return std::nullopt;
  return static_cast<VfSettings::LinkState>(value);
}

void read_mac(std::span<const std::byte> value, MacAddress& mac) noexcept {
  if (value.size() >= mac.size()) std::memcpy(mac.data(), value.data(), mac.size());
}

/// The outer tag; the kernel has one since 4.9.
void read_vlans(std::span<const std::byte> list, VfSettings& vf) {
  for_each_attribute(list, [&vf](uint16_t type, std::span<const std::byte> value) {
    const auto info = read<ifla_vf_vlan_info>(value);
    if (type == IFLA_VF_VLAN_INFO && info) vf.vlan_protocol = ntohs(info->vlan_proto);
  });
}

void read_setting(uint16_t type, std::span<const std::byte> value, VfSettings& vf) {
  const auto with = [value]<typename Struct>(Struct, auto use) {
    if (const auto found = read<Struct>(value)) use(*found);
  };
  switch (type) {
    case IFLA_VF_MAC:
      with(ifla_vf_mac{}, [&](const ifla_vf_mac& found) {
        vf.index = found.vf;
        std::memcpy(vf.mac.data(), found.mac, vf.mac.size());
      });
      break;
    case IFLA_VF_VLAN:
      with(ifla_vf_vlan{}, [&](const ifla_vf_vlan& found) {
        vf.vlan = static_cast<uint16_t>(found.vlan);
        vf.vlan_priority = static_cast<uint8_t>(found.qos);
      });
      break;
    case IFLA_VF_VLAN_LIST:
      read_vlans(value, vf);
      break;
    case IFLA_VF_RATE:
      with(ifla_vf_rate{}, [&](const ifla_vf_rate& found) {
        vf.min_rate = found.min_tx_rate;
        vf.max_rate = found.max_tx_rate;
      });
      break;
    case IFLA_VF_SPOOFCHK:
      with(ifla_vf_spoofchk{},
           [&](const ifla_vf_spoofchk& found) { vf.spoof_check = setting(found.setting); });
      break;
    case IFLA_VF_TRUST:
      with(ifla_vf_trust{}, [&](const ifla_vf_trust& found) { vf.trust = setting(found.setting); });
      break;
    case IFLA_VF_LINK_STATE:
      with(ifla_vf_link_state{},
           [&](const ifla_vf_link_state& found) { vf.link_state = link_state(found.link_state); });
      break;
    default:
      break;
  }
}

void read_vfs(std::span<const std::byte> list, LinkInfo& link) {
  for_each_attribute(list, [&link](uint16_t type, std::span<const std::byte> value) {
    if (type != IFLA_VF_INFO) return;
    VfSettings vf;
    for_each_attribute(
        value, [&vf](uint16_t kind, std::span<const std::byte> setting) { read_setting(kind, setting, vf); });
    link.functions.push_back(vf);
  });
}

void read_kind(std::span<const std::byte> info, LinkInfo& link) {
  for_each_attribute(info, [&link](uint16_t type, std::span<const std::byte> value) {
    if (type == IFLA_INFO_KIND) link.kind = read_string(value);
  });
}

void read_attribute(uint16_t type, std::span<const std::byte> value, LinkInfo& link) {
  const auto number = [value] { return read<uint32_t>(value).value_or(0); };
  switch (type) {
    case IFLA_IFNAME:
      link.name = read_string(value);
      break;
    case IFLA_MTU:
      link.mtu = number();
      break;
    case IFLA_MAX_MTU:
      link.max_mtu = number();
      break;
    case IFLA_ADDRESS:
      read_mac(value, link.mac);
      break;
    case IFLA_MASTER:
      link.master = static_cast<int>(number());
      break;
    case IFLA_LINK:
      link.lower = static_cast<int>(number());
      break;
    case IFLA_LINKINFO:
      read_kind(value, link);
      break;
    case IFLA_PARENT_DEV_NAME:
      link.device = read_string(value);
      break;
    case IFLA_VFINFO_LIST:
      read_vfs(value, link);
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<LinkInfo> parse_link(std::span<const std::byte> message) {
  const auto header = read<ifinfomsg>(message);
  if (!header) return std::nullopt;
  LinkInfo link;
  link.index = header->ifi_index;
  link.is_up = (header->ifi_flags & IFF_UP) != 0;
  link.has_carrier = (header->ifi_flags & IFF_RUNNING) != 0;
  constexpr size_t kHeader = NLMSG_ALIGN(sizeof(ifinfomsg));
  for_each_attribute(message.subspan(kHeader), [&link](uint16_t type, std::span<const std::byte> value) {
    read_attribute(type, value, link);
  });
  if (link.name.empty()) return std::nullopt;
  return link;
}

std::vector<LinkInfo> list_links() {
  struct {
    nlmsghdr header;
    ifinfomsg link;
    rtattr attribute;
    uint32_t mask;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETLINK;
  request.attribute.rta_len = RTA_LENGTH(sizeof(request.mask));
  request.attribute.rta_type = IFLA_EXT_MASK;
  // With statistics, 256 VFs are longer than an attribute can be.
  request.mask = RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS;
  std::vector<LinkInfo> links;
  dump(request.header, [&links](uint16_t type, std::span<const std::byte> message) {
    if (type != RTM_NEWLINK) return;
    if (auto link = parse_link(message)) links.push_back(std::move(*link));
  });
  return links;
}

}  // namespace pmd::netlink
