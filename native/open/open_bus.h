#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "pci/bus.h"

namespace pmd {

/// Opens the bus that an address names: a PCI address is a VF by VFIO, `emu:NAME` a software VF. Throws
/// Error(kAddress), which lists the schemes, and what the bus throws.
std::unique_ptr<Bus> open_bus(std::string_view address, std::span<const PciId> supported);

}  // namespace pmd
