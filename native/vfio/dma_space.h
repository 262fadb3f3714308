#pragma once

#include <map>
#include <memory>

#include "dma/iova_allocator.h"
#include "pci/dma_space.h"
#include "vfio/container.h"

namespace pmd::vfio {

/// The address space of a container.
class ContainerSpace final : public DmaSpace {
 public:
  struct Mapping {
    std::shared_ptr<Region> region;
    bool stuck = false;  ///< the kernel would not unmap it: kept, and its addresses never reused
  };
  using Mappings = std::map<uint64_t, Mapping>;  // by device address

  /// The container's IOMMU is on.
  explicit ContainerSpace(Container& container);

  MemorySource& memory() noexcept override { return memory_; }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override;
  /// Unmaps everything. Returns what the kernel would not unmap: the device may reach that memory until the
  /// container is closed.
  [[nodiscard]] Mappings unmap_all() noexcept;

 private:
  Iova allocate(const Region& region);

  Container& container_;
  IovaAllocator addresses_;
  Mappings mappings_;
  ProcessMemory memory_{HugePages::kTry};
};

}  // namespace pmd::vfio
