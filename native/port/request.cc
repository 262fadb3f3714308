#include "port/request.h"

#include <algorithm>
#include <string>

#include "dma/packet_pool.h"
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
  uint32_t room;

  void operator()(const SetMac& request) const {
    validate_mac(request.mac, capabilities);
    if (is_zero(request.mac)) throw invalid("the MAC address is all zeros", "pass a unicast address");
  }
  void operator()(const SetMtu& request) const { validate_mtu(request.mtu, capabilities, room); }
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

void validate(const Request& request, const Capabilities& capabilities, uint32_t room) {
  std::visit(Validator{capabilities, room}, request);
}

void validate_mac(const MacAddress& mac, const Capabilities& capabilities) {
  require(capabilities.set_mac, capabilities, "change the MAC address");
  if (is_multicast(mac))
    throw invalid("the MAC address is a multicast address", "the lowest bit of its first byte must be 0");
}

uint32_t data_room_for(uint32_t mtu) noexcept {
  const auto takes = [mtu](uint32_t room) { return mtu + kFrameOverhead <= room; };
  const auto* const fits = std::find_if(kDataRooms.begin(), kDataRooms.end(), takes);
  return fits == kDataRooms.end() ? kDataRooms.back() : *fits;
}

void validate_mtu(uint32_t mtu, const Capabilities& capabilities, uint32_t room) {
  const auto& [least, most] = capabilities.mtu;
  const std::string value = "an MTU of " + std::to_string(mtu);
  if (!capabilities.mtu.contains(mtu))
    throw invalid(value, "use " + std::to_string(least) + " to " + std::to_string(most));
  if (mtu + kFrameOverhead <= room) return;
  throw invalid(value + ", whose frames do not fit the pool's buffers of " + std::to_string(room) + " bytes",
                "open the port with a pool whose dataRoom is " + std::to_string(data_room_for(mtu)) +
                    (capabilities.chains ? " or with chains: true" : "") + ", or use an MTU of at most " +
                    std::to_string(room - kFrameOverhead));
}

}  // namespace pmd
