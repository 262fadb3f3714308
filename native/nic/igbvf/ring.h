#pragma once

#include <cstdint>

#include "dma/iova.h"
#include "nic/igbvf/descriptors.h"

namespace pmd::igbvf {

/// An Ethernet header: what is shorter is neither sent nor handed on.
inline constexpr uint32_t kMinFrame = 14;
/// Bytes without FCS of the longest frame with an MTU: header and VLAN tag are added. What a port hands on,
/// another with the same MTU sends.
constexpr uint32_t longest_frame(uint32_t mtu) noexcept {
  return mtu + 18;
}

/// Where a ring's descriptors lie, for us and for the device.
template <typename Descriptor>
struct Ring {
  Descriptor* descriptors;
  Iova iova;
  uint32_t size;  ///< descriptors, a power of two

  uint32_t mask() const noexcept { return size - 1; }
  uint32_t bytes() const noexcept { return size * static_cast<uint32_t>(sizeof(Descriptor)); }
};

}  // namespace pmd::igbvf
