#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>

#include "pci/holder.h"
#include "pci/sysfs.h"
#include "util/error.h"

/// What the kernel's refusals mean, as pure functions of the errno and what was known at the time: no
/// hardware is needed to test them. `err` is positive.
namespace pmd::vfio {

Error open_container_error(int err, const std::string& node);
Error no_type1_error();
/// `cdev_only`: the kernel offers the device only through /dev/vfio/devices (no VFIO_GROUP).
Error open_group_error(int err, const std::string& node, const std::optional<pci::Holder>& holder,
                       bool cdev_only);
/// For VFIO_GROUP_SET_CONTAINER and VFIO_SET_IOMMU.
Error attach_error(const char* call, int err, const pci::DeviceFacts& facts);
Error device_fd_error(int err, const pci::DeviceFacts& facts);

/// What a failed VFIO_IOMMU_MAP_DMA had to do with.
struct MapAttempt {
  uint64_t size = 0;             ///< bytes that were to be mapped
  uint64_t locked = 0;           ///< bytes that the process has locked already, in all its ports
  rlim_t limit = RLIM_INFINITY;  ///< RLIMIT_MEMLOCK, soft
  uint64_t entry_limit = 0;      ///< mappings that the container may have; 0: not known
};
Error map_error(int err, const MapAttempt& attempt);

/// Any other call on the device: ENODEV means that it was taken away.
Error device_error(const char* call, int err, const std::string& what);

}  // namespace pmd::vfio
