#pragma once

#include <string>

#include "pci/sysfs.h"

namespace pmd::pci {

/// How to get an IOMMU on a system that has none: in a virtual machine, in the firmware, or by the kernel's
/// command line.
std::string how_to_get_iommu(const SysfsRoot& root);

}  // namespace pmd::pci
