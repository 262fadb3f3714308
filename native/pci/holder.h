#pragma once

#include <optional>
#include <string>

#include "pci/sysfs.h"

namespace pmd::pci {

/// A process that has a file open.
struct Holder {
  int pid = 0;
  std::string name;  ///< the kernel's `comm`, printable
};

/// Who has this device node open, as far as this process may look: other users' descriptors are hidden from
/// all but root, and another container's processes from everybody inside. Gives up after half a second.
std::optional<Holder> find_holder(const SysfsRoot& root, const std::string& node);

}  // namespace pmd::pci
