#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "net/frame.h"
#include "net/mac_address.h"
#include "port/capabilities.h"

namespace pmd {

// What an application can ask of a port while it is open. Each is refused with Error(kPeerRefused,
// kPeerSilent), and then leaves the setting as it was.

struct SetMac {
  MacAddress mac;
};
struct SetMtu {
  uint32_t mtu;
};
/// Joins or leaves a VLAN.
struct SetVlan {
  uint32_t id;
  bool member;
};
/// Receives these multicast addresses instead of those before, or all of them.
struct SetMulticast {
  std::vector<MacAddress> addresses;
  bool all;
};

using Request = std::variant<SetMac, SetMtu, SetVlan, SetMulticast>;

/// Bytes of a frame beside its payload, as the device may store it: header, VLAN tag, FCS.
inline constexpr uint32_t kFrameOverhead = longest_frame(0) + kFcs;

/// The smallest size class whose buffers take the frames of an MTU that a driver allows.
uint32_t data_room_for(uint32_t mtu) noexcept;

/// Room for a frame where it may take several buffers.
inline constexpr uint32_t kAnyRoom = UINT32_MAX;

/// Throws Error(kInvalidArgument) when the values are wrong or the device can do no such thing. `room`: bytes
/// that a frame may have in the port's pool.
void validate(const Request& request, const Capabilities& capabilities, uint32_t room);
/// The parts of it that openers share.
void validate_mac(const MacAddress& mac, const Capabilities& capabilities);
void validate_mtu(uint32_t mtu, const Capabilities& capabilities, uint32_t room);

}  // namespace pmd
