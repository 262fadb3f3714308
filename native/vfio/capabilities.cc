#include "vfio/capabilities.h"

#include <linux/vfio.h>

#include <algorithm>
#include <cstring>

namespace pmd::vfio {

namespace {

/// A chain longer than this is a loop.
constexpr int kMaximumChain = 64;
/// The narrowest IOMMU still met (older VT-d, and QEMU's default) has 39 bits of address.
constexpr uint64_t kConservativeLast = (uint64_t{1} << 39) - 1;

using Bytes = std::span<const std::byte>;

/// Reads a struct out of raw bytes; nothing when it isn't all there.
template <typename T>
std::optional<T> read_at(Bytes answer, size_t offset) noexcept {
  if (offset > answer.size() || answer.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, answer.data() + offset, sizeof(T));
  return value;
}

/// Where the capability with this id begins. Offsets count from the start of the answer; 0 ends the chain.
std::optional<size_t> find_capability(Bytes answer, uint32_t first, uint16_t id) noexcept {
  uint32_t offset = first;
  for (int i = 0; offset != 0 && i < kMaximumChain; ++i) {
    const auto header = read_at<vfio_info_cap_header>(answer, offset);
    if (!header) return std::nullopt;
    if (header->id == id) return offset;
    offset = header->next;
  }
  return std::nullopt;
}

std::vector<IovaRange> read_ranges(Bytes answer, size_t offset) {
  using Head = vfio_iommu_type1_info_cap_iova_range;
  std::vector<IovaRange> ranges;
  const uint32_t count = read_at<uint32_t>(answer, offset + offsetof(Head, nr_iovas)).value_or(0);
  for (uint32_t i = 0; i < count; ++i) {
    const auto range = read_at<vfio_iova_range>(answer, offset + sizeof(Head) + i * sizeof(vfio_iova_range));
    if (!range) break;
    if (range->start <= range->end) ranges.push_back({range->start, range->end});
  }
  return ranges;
}

/// How much of the region may be mapped when only some areas may: what begins at 0.
uint64_t sparse_prefix(Bytes answer, size_t offset, uint64_t size) noexcept {
  using Head = vfio_region_info_cap_sparse_mmap;
  using Area = vfio_region_sparse_mmap_area;
  const uint32_t count = read_at<uint32_t>(answer, offset + offsetof(Head, nr_areas)).value_or(0);
  for (uint32_t i = 0; i < count; ++i) {
    const auto area = read_at<Area>(answer, offset + sizeof(Head) + i * sizeof(Area));
    if (!area) break;
    if (area->offset == 0) return std::min<uint64_t>(area->size, size);
  }
  return 0;
}

}  // namespace

IommuInfo parse_iommu_info(Bytes answer) {
  IommuInfo result;
  const auto info = read_at<vfio_iommu_type1_info>(answer, 0);
  const bool has_capabilities = info && (info->flags & VFIO_IOMMU_INFO_CAPS) != 0;
  if (info && (info->flags & VFIO_IOMMU_INFO_PGSIZES) != 0 && info->iova_pgsizes != 0) {
    result.page_sizes = info->iova_pgsizes;
  }
  if (has_capabilities) {
    if (const auto at = find_capability(answer, info->cap_offset, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)) {
      result.ranges = read_ranges(answer, *at);
    }
    if (const auto at = find_capability(answer, info->cap_offset, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)) {
      const auto available = read_at<vfio_iommu_type1_info_dma_avail>(answer, *at);
      if (available) result.mappings_available = available->avail;
    }
  }
  result.ranges_reported = !result.ranges.empty();
  if (!result.ranges_reported) {
    result.ranges = {{0, kMsiWindow.first - 1}, {kMsiWindow.last + 1, kConservativeLast}};
  }
  return result;
}

RegionInfo parse_region_info(Bytes answer) noexcept {
  const auto info = read_at<vfio_region_info>(answer, 0);
  if (!info) return {};
  RegionInfo result{info->size, info->offset, 0};
  if ((info->flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) return result;
  result.mappable = info->size;
  if ((info->flags & VFIO_REGION_INFO_FLAG_CAPS) != 0) {
    if (const auto at = find_capability(answer, info->cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP)) {
      result.mappable = sparse_prefix(answer, *at, info->size);
    }
  }
  return result;
}

}  // namespace pmd::vfio
