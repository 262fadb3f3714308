#pragma once

#include <cstdint>

#include "nic/igbvf/registers.h"
#include "pci/bus.h"
#include "util/error.h"

namespace pmd::igbvf {

/// Whether the device is gone. For waits to ask at every turn: only a device whose STATUS looks wrong has its
/// bus asked, which is system calls. A device in a function level reset reads zeros too, and is present.
inline bool is_gone(const Bus& bus, uint32_t status) noexcept {
  return (status == 0 || status == UINT32_MAX) && !bus.present();
}

/// Throws Error(kRemoved) when the device is gone.
inline void check_presence(Bus& bus) {
  if (is_gone(bus, bus.read32(regs::STATUS.at())))
    throw Error(ErrorCode::kRemoved, "the device is gone", "open it again when it is back");
}

}  // namespace pmd::igbvf
