#pragma once

#include <memory>
#include <span>

#include "pci/function.h"
#include "pci/pci_address.h"
#include "pci/sysfs.h"
#include "util/unique_fd.h"

namespace pmd::vfio {

/// Descriptors that somebody else has opened: of /dev/vfio/vfio, and of an IOMMU group's node.
struct Descriptors {
  UniqueFd container;
  UniqueFd group;
};

/// Opens a device that is bound to vfio-pci, in an IOMMU container of its own, with bus mastering off.
/// `supported` is what the driver knows: this layer knows no network card. Takes 0.1 s as a rule (the kernel
/// resets the device), up to 2 s right after a bind: not for the event loop.
///
/// Destroying the function turns interrupts and bus mastering off before anything is unmapped. It blocks as
/// long as the kernel's reset at close does: 0.1 s, or 70 s after the card was pulled out without notice.
///
/// Throws Error(kNoDevice, kUnsupportedDevice, kNoIommu, kNotBound, kGroupNotViable, kAccess, kBusy, kVfio,
/// kRemoved), always with the address.
std::unique_ptr<PciFunction> open_vfio(const pci::PciAddress& address, std::span<const PciId> supported,
                                       const pci::SysfsRoot& root = {});

/// The same for a process that was handed descriptors, in which nothing is attached yet: it opens no path,
/// and does without sysfs. The device tells its id itself; the caller finds a driver for it.
std::unique_ptr<PciFunction> open_vfio(const pci::PciAddress& address, Descriptors descriptors);

}  // namespace pmd::vfio
