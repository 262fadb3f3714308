#pragma once

#include <string>

#include "pci/sysfs.h"
#include "util/unique_fd.h"
#include "vfio/container.h"

namespace pmd::vfio {

/// An IOMMU group, the smallest thing the kernel hands out: whoever opens it owns all devices in it.
class Group {
 public:
  /// Opens the group's node and checks that it is viable. Waits up to two seconds for a node that a bind has
  /// not made yet. Throws Error(kAccess, kBusy, kGroupNotViable, kVfio).
  Group(const pci::DeviceFacts& facts, const pci::SysfsRoot& root = {});
  /// The same over a descriptor that is open already.
  Group(const pci::DeviceFacts& facts, UniqueFd fd, const pci::SysfsRoot& root = {});
  /// Takes the group from its container, for whoever has other descriptors of it.
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// Throws Error(kNoIommu, kBusy, kVfio).
  void attach(Container& container);
  /// A descriptor of the device; the group must be attached to a container with its IOMMU on. The kernel
  /// resets the device here (0.1 s). Waits up to two seconds for a device that a bind has not registered yet.
  /// Throws Error(kNoDevice, kAccess, kBusy, kVfio).
  UniqueFd open_device();

  int fd() const noexcept { return fd_.get(); }

 private:
  void check(const std::string& name, const pci::SysfsRoot& root) const;

  pci::DeviceFacts facts_;
  UniqueFd fd_;
  bool attached_ = false;
};

}  // namespace pmd::vfio
