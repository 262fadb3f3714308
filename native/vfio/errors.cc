#include "vfio/errors.h"

#include <cerrno>

#include "util/descriptors.h"
#include "vfio/findings.h"

namespace pmd::vfio {

namespace {

std::string because(int err) {
  return ": " + errno_text(err);
}

std::string group_name(const pci::DeviceFacts& facts) {
  return facts.iommu_group ? "IOMMU group " + std::to_string(*facts.iommu_group)
                           : std::string("the IOMMU group");
}

Error not_isolated_error(const char* call, int err, const pci::DeviceFacts& facts) {
  const auto address = facts.address.to_string();
  const auto make = [&](const std::string& message, const std::string& hint) {
    return Error(ErrorCode::kNoIommu, message, hint).from(call, err);
  };
  if (facts.direct_mapped) return to_error(fixed_mapping_finding(address)).from(call, err);
  if (err == EINVAL) {
    return make("the IOMMU refused " + address + because(err),
                "the firmware may demand a fixed mapping (RMRR): sudo dmesg | grep -iE 'dmar|iommu|1:1'");
  }
  return to_error(
             interrupt_remapping_finding(address, "the IOMMU does not isolate " + address + because(err)))
      .from(call, err);
}

Error memlock_error(const MapAttempt& attempt) {
  return to_error(memlock_finding({}, attempt.size, attempt.locked + attempt.size, attempt.limit))
      .from("VFIO_IOMMU_MAP_DMA", ENOMEM);
}

}  // namespace

Error open_container_error(int err, const std::string& node) {
  if (lacks_descriptor(err)) return descriptor_error("cannot open " + node, "open", err);
  return to_error(container_finding(err, node)).from("open", err);
}

Error no_type1_error() {
  return Error(ErrorCode::kVfio, "the kernel's VFIO has no type 1 IOMMU driver",
               "run: sudo modprobe vfio_iommu_type1");
}

Error open_group_error(int err, const std::string& node, const std::optional<pci::Holder>& holder,
                       bool cdev_only) {
  if (lacks_descriptor(err)) return descriptor_error("cannot open " + node, "open", err);
  return to_error(group_finding(err, node, holder, cdev_only)).from("open", err);
}

Error attach_error(const char* call, int err, const pci::DeviceFacts& facts) {
  if (err == EPERM || err == EINVAL) return not_isolated_error(call, err, facts);
  const auto text = "cannot put " + group_name(facts) + " under a container" + because(err);
  if (err == EBUSY) {
    return Error(ErrorCode::kBusy, text,
                 "another driver or program does DMA with a device of the group; unbind it")
        .from(call, err);
  }
  if (err == ENODEV) {
    return Error(ErrorCode::kNoIommu, text,
                 "the IOMMU driver refused the group; look for the reason in `sudo dmesg`")
        .from(call, err);
  }
  if (err == ENOTTY) {
    return Error(ErrorCode::kVfio, text, "this kernel's VFIO lacks the group interface (CONFIG_VFIO_GROUP)")
        .from(call, err);
  }
  return Error(ErrorCode::kVfio, text, "look for the reason in `sudo dmesg`").from(call, err);
}

Error device_fd_error(int err, const pci::DeviceFacts& facts) {
  const auto address = facts.address.to_string();
  const auto what = "cannot open " + address + " in " + group_name(facts);
  if (lacks_descriptor(err)) return descriptor_error(what, "VFIO_GROUP_GET_DEVICE_FD", err);
  const auto text = what + because(err);
  if (err == ENODEV || err == ENOENT) {
    return Error(ErrorCode::kNoDevice, text,
                 "the device went away while it was being opened; check that it is still bound: "
                 "ls -l /sys/bus/pci/devices/" +
                     address + "/driver")
        .from("VFIO_GROUP_GET_DEVICE_FD", err);
  }
  if (err == EACCES) return to_error(token_finding(address, text)).from("VFIO_GROUP_GET_DEVICE_FD", err);
  if (err == EBUSY) {
    return Error(ErrorCode::kBusy, text, "close the port, or end the program, that has it open")
        .from("VFIO_GROUP_GET_DEVICE_FD", err);
  }
  return Error(ErrorCode::kVfio, text, "look for the reason in `sudo dmesg`")
      .from("VFIO_GROUP_GET_DEVICE_FD", err);
}

Error map_error(int err, const MapAttempt& attempt) {
  if (err == ENOMEM && attempt.limit != RLIM_INFINITY && attempt.locked + attempt.size > attempt.limit) {
    return memlock_error(attempt);
  }
  const auto text = "cannot map " + std::to_string(attempt.size) + " bytes for the device" + because(err);
  const auto make = [&](const std::string& hint) {
    return Error(ErrorCode::kDma, text, hint).from("VFIO_IOMMU_MAP_DMA", err);
  };
  if (err == ENOMEM)
    return make("the system is out of memory for pinned pages or IOMMU tables; ask for fewer buffers");
  if (err == ENOSPC) {
    const auto limit =
        attempt.entry_limit != 0 ? " is " + std::to_string(attempt.entry_limit) : std::string(" is reached");
    return make("the container's limit of mappings (vfio_iommu_type1's dma_entry_limit)" + limit +
                ": use fewer and larger pools, or raise it: options vfio_iommu_type1 dma_entry_limit=N in "
                "/etc/modprobe.d");
  }
  if (err == EEXIST) return make("the device address is mapped already; please report this");
  if (err == EINVAL)
    return make("the IOMMU takes no such address or alignment; please report this with `sudo dmesg`");
  if (err == EFAULT)
    return make("the memory cannot be pinned for DMA; it must be the process's own and writable");
  return make("look for the reason in `sudo dmesg`");
}

Error device_error(const char* call, int err, const std::string& what) {
  if (err == ENODEV || err == ENXIO) {
    return Error(ErrorCode::kRemoved, what + ": the device was taken away", "open it again once it is back")
        .from(call, err);
  }
  if (lacks_descriptor(err)) return descriptor_error(what, call, err);
  std::string hint = "look for the reason in `sudo dmesg`";
  if (err == EAGAIN)
    hint = "the system is removing or resetting the device itself: close the port, and open it again";
  return Error(ErrorCode::kVfio, what + because(err), hint).from(call, err);
}

}  // namespace pmd::vfio
