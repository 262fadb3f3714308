#pragma once

#include <cstdint>
#include <string>

#include "dma/iova.h"
#include "pci/sysfs.h"
#include "util/unique_fd.h"
#include "vfio/capabilities.h"

namespace pmd::vfio {

/// An IOMMU address space. One per port: two ports in one could reach each other's memory.
class Container {
 public:
  /// Checks the API's version and that there is a type 1 (v2) IOMMU. Throws Error(kAccess, kVfio).
  explicit Container(const pci::SysfsRoot& root = {});
  /// The same over a descriptor that is open already.
  explicit Container(UniqueFd fd, const pci::SysfsRoot& root = {});
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  /// Turns translation on and reads what it can do; only once a group is attached.
  /// Throws Error(kNoIommu, kBusy, kVfio).
  void set_iommu(const pci::DeviceFacts& facts);
  const IommuInfo& info() const noexcept { return info_; }

  /// Pins [memory, memory + size) and lets the device read and write it at `iova`; all three whole pages.
  /// Throws Error(kMemlock, kDma).
  void map(const void* memory, uint64_t size, Iova iova);
  /// False when the kernel did not unmap all of it: the device may still reach the memory.
  bool unmap(uint64_t size, Iova iova) noexcept;

  int fd() const noexcept { return fd_.get(); }

 private:
  void check(const std::string& name) const;

  pci::SysfsRoot root_;
  UniqueFd fd_;
  IommuInfo info_;
  uint64_t mapped_ = 0;
};

}  // namespace pmd::vfio
