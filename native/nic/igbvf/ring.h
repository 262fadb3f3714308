#pragma once

#include <cstdint>

#include "dma/iova.h"
#include "nic/igbvf/descriptors.h"

namespace pmd::igbvf {

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
