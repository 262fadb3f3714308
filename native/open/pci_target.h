#pragma once

#include <functional>
#include <memory>

#include "open/drivers.h"
#include "open/target.h"

namespace pmd {

using OpenFunction = std::function<std::unique_ptr<PciFunction>()>;

/// A PCI function with the driver that knows it. Throws Error(kUnsupportedDevice) when none does.
Target pci_target(PciId id, OpenFunction open);
/// A function that is open, as a port's device.
OpenDevice open_device(std::unique_ptr<PciFunction> function, const DriverEntry& driver);
/// Throws Error(kUnsupportedDevice).
const DriverEntry& driver_for(PciId id);

}  // namespace pmd
