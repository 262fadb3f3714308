#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pci/function.h"
#include "port/driver.h"

namespace pmd {

/// A driver for PCI devices.
struct DriverEntry {
  std::string_view name;
  std::span<const PciId> ids;
  /// What it can do with one of these devices.
  Capabilities (*capabilities)(PciId id);
  std::unique_ptr<Driver> (*make)(PciFunction& function, const DriverSetup& setup);
};

/// Null when no driver knows the device.
const DriverEntry* find_driver(PciId id) noexcept;
std::vector<PciId> supported_ids();

}  // namespace pmd
