#pragma once

#include <memory>

#include "dma/iova.h"
#include "dma/region.h"

namespace pmd {

/// The memory that a device can reach. The VFIO container implements it, as iommufd's address spaces can.
/// For one thread at a time.
class DmaSpace {
 public:
  virtual ~DmaSpace() = default;
  DmaSpace(const DmaSpace&) = delete;
  DmaSpace& operator=(const DmaSpace&) = delete;

  /// Where memory comes from that the device can reach: the process's own, except in some tests.
  virtual MemorySource& memory() noexcept = 0;
  /// Makes the region readable and writable by the device and returns the device address of its first byte.
  /// The space keeps the region alive until it is unmapped. Throws Error(kDma, kMemlock).
  virtual Iova map(std::shared_ptr<Region> region) = 0;
  /// Ends the device's access to a region. Only when no DMA can be under way.
  virtual void unmap(Iova base) noexcept = 0;

 protected:
  DmaSpace() = default;
};

}  // namespace pmd
