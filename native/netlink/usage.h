#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pmd::netlink {

/// Something that the kernel does with an interface.
struct InterfaceUse {
  enum class Kind : uint8_t { kAddress, kRoute };

  int index = 0;  ///< the interface's
  Kind kind = Kind::kAddress;
  std::string text;  ///< "192.0.2.1/24", "default"
};

/// The uses that an RTM_NEWADDR or RTM_NEWROUTE message describes. None when it is malformed or of another
/// type. A route that the kernel makes for an address of this machine is none.
std::vector<InterfaceUse> parse_use(uint16_t type, std::span<const std::byte> message);

/// Addresses and routes of this process's network namespace, at most 16 of an interface: a router has a
/// million. Throws Error(kDescriptors, kInternal).
std::vector<InterfaceUse> list_uses();

}  // namespace pmd::netlink
