#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/mac_address.h"
#include "port/driver.h"

namespace pmd::kernel {

/// What the kernel says of a network interface.
struct Interface {
  int index = 0;
  std::string name;
  bool is_ethernet = false;
  MacAddress mac{};
  uint32_t mtu = 0;
  Link link;
};

/// The interface of an index, or nothing when there is none. `any_socket` is a socket of its network
/// namespace.
std::optional<Interface> look_at(int any_socket, int index);
/// The index of a name; 0: there is none.
int index_of(int any_socket, const std::string& name) noexcept;
/// Of every interface.
std::vector<std::string> interface_names();
/// Frames that the kernel had for an interface and dropped; nothing when it does not say.
std::optional<uint64_t> tx_dropped(int index) noexcept;

}  // namespace pmd::kernel
