#pragma once

#include <cstdint>

#include "nic/igbvf/registers.h"
#include "pci/function.h"
#include "util/error.h"

namespace pmd::igbvf {

/// Whether the device is gone. For waits to ask at every turn: only of a device whose STATUS looks wrong does
/// it make system calls. A device in a function level reset reads zeros too, and is present.
inline bool is_gone(const PciFunction& function, uint32_t status) noexcept {
  return (status == 0 || status == UINT32_MAX) && !function.present();
}

/// Throws Error(kRemoved) when the device is gone.
inline void check_presence(const PciFunction& function, RegisterWindow& registers) {
  if (is_gone(function, registers.read32(regs::STATUS.at())))
    throw Error(ErrorCode::kRemoved, "the device is gone", "open it again when it is back");
}

}  // namespace pmd::igbvf
