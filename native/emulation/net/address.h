#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/frame.h"

namespace pmd::emulation {

inline constexpr uint32_t kMaxFloodFrame = 2026;

/// `emu:NAME[,peer=flood][,size=N|A-B][,rate=PPS][,delay=TIME][,seed=N][,offloads=none][,fault=FAULT]…`,
/// taken apart.
///
/// Without a peer the port is one end of the wire NAME, and `rate` (frames per second in each direction) and
/// `delay` (one way) shape that wire: the first end to open sets them, the second leaves them out or repeats
/// them. With `peer=flood` the far end is a source and sink: `size` (bytes without FCS), `rate` and `seed`
/// are what it sends. With `offloads=none` the device neither checks nor fills in checksums, inserts no tag
/// and cuts nothing. What goes wrong with the device from the start, any number of times `fault=`, is in
/// fault_commands.h.
struct Address {
  std::string text;
  std::string name;
  bool flood = false;
  uint32_t min_size = kMinFrameOnWire;
  uint32_t max_size = kMinFrameOnWire;
  uint64_t rate = 0;  ///< frames per second; 0 = unlimited
  uint64_t delay_ns = 0;
  uint64_t seed = 1;
  bool offloads = true;
  std::vector<std::string> faults;
};

/// Throws Error(kAddress), with a hint that shows the right form.
Address parse_address(std::string_view text);

}  // namespace pmd::emulation
