#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dma/iova_allocator.h"

namespace pmd::vfio {

/// What the IOMMU of a container can do, read out of the answer to VFIO_IOMMU_GET_INFO.
struct IommuInfo {
  uint64_t page_sizes = 4096;                  ///< a bit for each page size that it maps in one entry
  std::vector<IovaRange> ranges;               ///< addresses that may be mapped
  bool ranges_reported = false;                ///< false: `ranges` is our conservative guess
  std::optional<uint32_t> mappings_available;  ///< how many more the kernel allows; not told by older ones

  uint64_t smallest_page() const noexcept { return page_sizes & (~page_sizes + 1); }
};

/// Where a region of the device lies in its file, and how much of it may be mapped.
struct RegionInfo {
  uint64_t size = 0;  ///< 0: the device has no such region
  uint64_t offset = 0;
  uint64_t mappable = 0;  ///< bytes from the region's start that may be mmapped; 0: none
};

/// Both trust nothing in the buffer: an answer that is cut short, points outside itself or loops gives what
/// was read up to there.
IommuInfo parse_iommu_info(std::span<const std::byte> answer);
RegionInfo parse_region_info(std::span<const std::byte> answer) noexcept;

}  // namespace pmd::vfio
