#pragma once

#include <cstdint>

namespace pmd::emulation {

/// The VF's statistics registers: 32 bits, wrapping, cleared by a reset of the PF alone. Octets include the
/// CRC (82576EB datasheet 8.18).
struct Statistics {
  uint32_t packets_received = 0;            // VFGPRC
  uint32_t packets_transmitted = 0;         // VFGPTC
  uint32_t octets_received = 0;             // VFGORC
  uint32_t octets_transmitted = 0;          // VFGOTC
  uint32_t multicast_packets_received = 0;  // VFMPRC, without broadcast
};

}  // namespace pmd::emulation
