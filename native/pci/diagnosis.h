#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pci/finding.h"
#include "pci/sysfs.h"

namespace pmd::pci {

/// What keeps this device from being opened, and what to do about it; nothing when nothing in sysfs speaks
/// against it. Looked for in the order in which a person has to put things right: kNoDevice,
/// kUnsupportedDevice, kNoIommu, kNotBound, kGroupNotViable.
///
/// `supported` is what the drivers know; ids decide, not the `physfn` link, which a virtual function inside a
/// virtual machine lacks.
std::optional<Finding> find_obstacle(const DeviceFacts& facts, std::span<const PciId> supported,
                                     const SysfsRoot& root = {});
/// Throws the same as an Error.
void check_openable(const DeviceFacts& facts, std::span<const PciId> supported, const SysfsRoot& root = {});

/// The commands that bind a device to vfio-pci.
std::vector<Command> bind_commands(const DeviceFacts& facts, const SysfsRoot& root = {});

/// The members that keep a group from being used, as "0000:00:1f.3 (snd_hda_intel), …"; empty when there are
/// none.
std::string foreign_members(const DeviceFacts& facts);

}  // namespace pmd::pci
