#pragma once

#include <span>
#include <string>

#include "pci/sysfs.h"

namespace pmd::pci {

/// Throws the Error that says why this device can't be opened and what to do about it; returns when nothing
/// in sysfs speaks against it. Checked in the order in which a person has to put things right: kNoDevice,
/// kUnsupportedDevice, kNoIommu, kNotBound, kGroupNotViable.
///
/// `supported` is what the driver knows; ids decide, not the `physfn` link, which a VF inside a virtual
/// machine lacks.
void check_openable(const DeviceFacts& facts, std::span<const PciId> supported, const SysfsRoot& root = {});

/// The commands that bind a device to vfio-pci, in one line.
std::string bind_commands(const DeviceFacts& facts, const SysfsRoot& root = {});

/// The members that keep a group from being used, as "0000:00:1f.3 (snd_hda_intel), …"; empty when there are
/// none.
std::string foreign_members(const DeviceFacts& facts);

}  // namespace pmd::pci
