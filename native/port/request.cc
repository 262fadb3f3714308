#include "port/request.h"

#include <algorithm>
#include <string>

#include "util/error.h"

namespace pmd {

namespace {

constexpr Range kVlanIds{1, 4094};

Error invalid(const std::string& what, const std::string& hint) {
  return Error(ErrorCode::kInvalidArgument, what, hint);
}

void require(bool capable, const Capabilities& capabilities, const char* what) {
  if (capable) return;
  throw invalid(std::string("the ") + capabilities.driver + " driver cannot " + what,
                "port.capabilities tells what it can do");
}

struct Validator {
  const Capabilities& capabilities;

  void operator()(const SetMac& request) const {
    require(capabilities.set_mac, capabilities, "change the MAC address");
    validate_mac(request.mac);
    if (is_zero(request.mac)) throw invalid("the MAC address is all zeros", "pass a unicast address");
  }
  void operator()(const SetMtu& request) const { validate_mtu(request.mtu, capabilities); }
  void operator()(const SetVlan& request) const {
    require(capabilities.vlan_filter, capabilities, "join a VLAN");
    if (!kVlanIds.contains(request.id))
      throw invalid("a VLAN id of " + std::to_string(request.id), "use 1 to 4094");
  }
  void operator()(const SetMulticast& request) const {
    if (request.all) require(capabilities.all_multicast, capabilities, "receive all multicast frames");
    if (request.addresses.size() > capabilities.multicast)
      throw invalid(
          std::to_string(request.addresses.size()) + " multicast addresses",
          "pass at most " + std::to_string(capabilities.multicast) + ", or ask for all multicast frames");
    if (!std::all_of(request.addresses.begin(), request.addresses.end(), is_multicast))
      throw invalid("one of the addresses is not a multicast address",
                    "the lowest bit of its first byte must be 1");
  }
};

}  // namespace

void validate(const Request& request, const Capabilities& capabilities) {
  std::visit(Validator{capabilities}, request);
}

void validate_mac(const MacAddress& mac) {
  if (is_multicast(mac))
    throw invalid("the MAC address is a multicast address", "the lowest bit of its first byte must be 0");
}

void validate_mtu(uint32_t mtu, const Capabilities& capabilities) {
  if (capabilities.mtu.contains(mtu)) return;
  throw invalid("an MTU of " + std::to_string(mtu), "use " + std::to_string(capabilities.mtu.least) + " to " +
                                                        std::to_string(capabilities.mtu.most));
}

}  // namespace pmd
