#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pci/pci_address.h"
#include "pci/pci_id.h"

namespace pmd::pci {

/// Where the kernel's file systems are; a test puts a tree of its own there.
struct SysfsRoot {
  std::string sys = "/sys";
  std::string dev = "/dev";
  std::string proc = "/proc";

  std::string device_path(std::string_view address) const {
    return sys + "/bus/pci/devices/" + std::string(address);
  }
  std::string container_path() const { return dev + "/vfio/vfio"; }
  std::string group_path(unsigned group) const { return dev + "/vfio/" + std::to_string(group); }
};

/// A device of an IOMMU group, with what decides whether the group may be used.
struct GroupMember {
  std::string address;
  std::string driver;  ///< empty when it has none
  uint32_t class_code = 0;

  /// A PCI bridge has no DMA of its own: the kernel lets its driver stay.
  bool is_bridge() const noexcept { return class_code >> 8 == 0x0604; }
};

/// What sysfs says of one PCI function. Nothing in it came from outside without being checked.
struct DeviceFacts {
  explicit DeviceFacts(const PciAddress& where) : address(where) {}

  PciAddress address;
  bool exists = false;
  bool answers = true;  ///< false: listed, but its configuration space reads all ones
  PciId id;
  uint32_t class_code = 0;
  /// Of a virtual function. One that was handed to a virtual machine shows none.
  std::optional<PciAddress> physical_function;
  unsigned total_virtual_functions = 0;       ///< more than 0 only for a physical function
  std::vector<PciAddress> virtual_functions;  ///< of a physical function
  std::string driver;                         ///< empty when it has none
  std::optional<unsigned> iommu_group;
  bool no_iommu_group = false;             ///< the group is one of no-IOMMU mode, whatever its node is called
  bool direct_mapped = false;              ///< firmware wants a 1:1 mapping (RMRR), which VFIO refuses
  std::vector<GroupMember> group_members;  ///< the device itself is one of them
};

/// Whether there is anything in /sys. Without it no device can be found.
bool has_sysfs(const SysfsRoot& root);

/// Reads what is there; a file that is missing or malformed counts as absent. Throws nothing but bad_alloc.
DeviceFacts inspect(const SysfsRoot& root, const PciAddress& address);

/// The functions on this machine with one of these ids, in order of address.
std::vector<DeviceFacts> find_functions(const SysfsRoot& root, std::span<const PciId> ids);
/// The functions of this vendor that can have virtual functions, in order of address.
std::vector<DeviceFacts> find_physical_functions(const SysfsRoot& root, uint16_t vendor);

/// Whether this is vfio-pci or one of the kernel's variants of it.
bool is_vfio_driver(std::string_view driver) noexcept;

/// The names in a directory, sorted, without hidden ones. Empty when it can't be read.
std::vector<std::string> list_names(const std::string& path);
/// The first `limit` bytes of a file, nothing when it can't be read.
std::optional<std::string> read_text(const std::string& path, size_t limit = 4096);
/// "0x8086\n" or "7\n" as a number; nothing unless it is one and all of it.
std::optional<uint64_t> parse_number(std::string_view text) noexcept;

}  // namespace pmd::pci
