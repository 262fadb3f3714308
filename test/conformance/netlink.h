#pragma once

#include <cstdint>
#include <string>

#include "net/mac_address.h"

namespace pmd::conformance {

/// `ip link set INTERFACE vf N mac MAC`; a zero MAC takes the assignment back. Throws std::system_error.
void set_vf_mac(const std::string& interface, unsigned vf, const MacAddress& mac);
/// `ip link set INTERFACE vf N vlan VLAN`; 0 takes it back. Throws std::system_error.
void set_vf_vlan(const std::string& interface, unsigned vf, uint16_t vlan);
/// `ip link set INTERFACE up|down`. Throws std::system_error.
void set_interface(const std::string& interface, bool up);

}  // namespace pmd::conformance
