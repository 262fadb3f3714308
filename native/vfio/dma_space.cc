#include "vfio/dma_space.h"

#include <algorithm>
#include <string>
#include <utility>

#include "util/error.h"

namespace pmd::vfio {

ContainerSpace::ContainerSpace(Container& container)
    : container_(container), addresses_(container.info().ranges) {}

Iova ContainerSpace::allocate(const Region& region) {
  const uint64_t page = container_.info().smallest_page();
  if (region.size() == 0 || region.size() % page != 0) {
    throw Error(ErrorCode::kDma, "the IOMMU maps pages of " + std::to_string(page) +
                                     " bytes, and the region has " + std::to_string(region.size()));
  }
  // Aligned like the memory behind it, so that a huge page takes one entry of the IOMMU and not 512.
  const auto iova = addresses_.allocate(region.size(), std::max<uint64_t>(region.page_size(), page));
  if (iova) return *iova;
  throw Error(ErrorCode::kDma, "the IOMMU has no free range of " + std::to_string(region.size()) + " bytes",
              "ask for fewer buffers; " + std::to_string(addresses_.available()) + " bytes are free in " +
                  std::to_string(addresses_.gaps()) + " ranges");
}

Iova ContainerSpace::map(std::shared_ptr<Region> region) {
  const Iova iova = allocate(*region);
  const auto size = region->size();
  const void* data = region->data();
  try {
    // Recorded first: once the device can reach the memory, nothing may fail that would let go of it.
    mappings_.emplace(iova.value(), Mapping{std::move(region)});
    container_.map(data, size, iova);
  } catch (...) {
    mappings_.erase(iova.value());
    addresses_.free(iova);
    throw;
  }
  return iova;
}

void ContainerSpace::unmap(Iova base) noexcept {
  const auto at = mappings_.find(base.value());
  if (at == mappings_.end() || at->second.stuck) return;
  if (container_.unmap(at->second.region->size(), base)) {
    addresses_.free(base);
    mappings_.erase(at);
  } else {
    at->second.stuck = true;
  }
}

ContainerSpace::Mappings ContainerSpace::unmap_all() noexcept {
  for (auto next = mappings_.begin(); next != mappings_.end();) unmap(Iova((next++)->first));
  return std::move(mappings_);
}

}  // namespace pmd::vfio
