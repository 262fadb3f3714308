#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/mac_address.h"

namespace pmd::netlink {

/// The PF's settings for one VF. A member is empty where the PF's driver does not report it.
struct VfSettings {
  enum class LinkState : uint8_t { kAuto, kEnable, kDisable };

  uint32_t index = 0;
  MacAddress mac{};            ///< zero: the PF has assigned none
  uint16_t vlan = 0;           ///< 0: no port VLAN
  uint16_t vlan_protocol = 0;  ///< an EtherType
  uint8_t vlan_priority = 0;
  std::optional<bool> spoof_check;
  std::optional<bool> trust;
  std::optional<LinkState> link_state;
  uint32_t min_rate = 0;  ///< Mbit/s; 0: none
  uint32_t max_rate = 0;  ///< Mbit/s; 0: no limit
};

/// A network interface of this process's network namespace.
struct LinkInfo {
  int index = 0;
  std::string name;
  bool is_up = false;  ///< administratively
  bool has_carrier = false;
  uint32_t mtu = 0;
  uint32_t max_mtu = 0;  ///< 0: not known
  MacAddress mac{};
  std::string kind;    ///< "bridge", "vlan" and so on; empty of hardware
  int master = 0;      ///< index of the bridge or bond that it belongs to; 0: none
  int lower = 0;       ///< index of the interface that this one stands on, such as a VLAN's; 0: none
  std::string device;  ///< the PCI address of its device; empty when the kernel does not say
  std::vector<VfSettings> functions;
};

/// The interface that an RTM_NEWLINK message describes; nothing when it is malformed.
std::optional<LinkInfo> parse_link(std::span<const std::byte> message);

/// All interfaces, with what the drivers of PFs say of their VFs. Throws Error(kDescriptors, kInternal).
std::vector<LinkInfo> list_links();

}  // namespace pmd::netlink
