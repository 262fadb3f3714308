#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pci/finding.h"
#include "pci/holder.h"
#include "pci/sysfs.h"

/// What VFIO refuses, as data. Errors are made of it when it happens, and find_refusals() looks for it
/// beforehand. `err` is a positive errno value; `subject` the device's PCI address, or empty.
namespace pmd::vfio {

/// open() of /dev/vfio/vfio.
pci::Finding container_finding(int err, const std::string& node, const std::string& subject = {});
/// open() of /dev/vfio/GROUP. `cdev_only`: the kernel offers the device only through /dev/vfio/devices.
pci::Finding group_finding(int err, const std::string& node, const std::optional<pci::Holder>& holder,
                           bool cdev_only, const std::string& subject = {});
/// The firmware wants a fixed mapping, which VFIO refuses.
pci::Finding fixed_mapping_finding(const std::string& subject);
pci::Finding interrupt_remapping_finding(const std::string& subject, const std::string& evidence);
/// The physical function is bound to vfio-pci, too.
pci::Finding token_finding(const std::string& subject, const std::string& evidence);
/// `size` more bytes for the device need `needed` locked bytes in all, and `limit` are allowed.
pci::Finding memlock_finding(const std::string& subject, uint64_t size, uint64_t needed, uint64_t limit);

/// Whether this kernel offers a device only through /dev/vfio/devices (no CONFIG_VFIO_GROUP).
bool lacks_groups(const pci::DeviceFacts& facts, const pci::SysfsRoot& root);

/// All that would keep this process from opening a device that is bound to vfio-pci and of which it wants
/// to map `bytes` of memory, as far as can be seen without opening anything.
std::vector<pci::Finding> find_refusals(const pci::DeviceFacts& facts, const pci::SysfsRoot& root,
                                        uint64_t bytes);

}  // namespace pmd::vfio
