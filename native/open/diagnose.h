#pragma once

#include <cstdint>
#include <vector>

#include "pci/finding.h"
#include "pci/pci_address.h"
#include "pci/sysfs.h"

namespace pmd {

/// All that keeps this process from opening a PCI function and mapping `bytes` of memory for it, the first
/// thing to put right first. What follows from the first finding is not looked for: a device without a driver
/// has no node, for instance.
std::vector<pci::Finding> diagnose(const pci::PciAddress& address, const pci::SysfsRoot& root,
                                   uint64_t bytes);

}  // namespace pmd
