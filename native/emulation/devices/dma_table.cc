#include "emulation/devices/dma_table.h"

#include <algorithm>

#include "util/error.h"

namespace pmd::emulation {

namespace {
constexpr uint64_t kAlign = uint64_t{2} << 20;
constexpr uint64_t kGap = kAlign;
}  // namespace

Iova DmaTable::map(std::shared_ptr<Region> region) {
  if (!region || region->size() == 0) {
    throw Error(ErrorCode::kDma, "there is no memory to map for the device",
                "map a region that is not empty");
  }
  const Window window{next_, region->size(), region->data()};
  mappings_.push_back({window, std::move(region)});
  next_ = (next_ + window.size + kAlign - 1) / kAlign * kAlign + kGap;
  return Iova(window.base);
}

std::shared_ptr<Region> DmaTable::unmap(Iova base) noexcept {
  const auto found = std::find_if(mappings_.begin(), mappings_.end(), [&](const Mapping& mapping) {
    return mapping.window.base == base.value();
  });
  if (found == mappings_.end()) return nullptr;
  std::shared_ptr<Region> region = std::move(found->region);
  mappings_.erase(found);
  windows_.fill({});
  ++generation_;
  return region;
}

void DmaTable::clear() noexcept {
  mappings_.clear();
  windows_.fill({});
  ++generation_;
}

std::byte* DmaTable::find_slowly(DmaUser user, uint64_t address, uint64_t length) noexcept {
  if (to_refuse_ != 0) {
    --to_refuse_;
    ++faults_;
    return nullptr;
  }
  for (const Mapping& mapping : mappings_) {
    const uint64_t offset = address - mapping.window.base;
    if (offset >= mapping.window.size) continue;
    if (length > mapping.window.size - offset) break;
    windows_[static_cast<size_t>(user)] = mapping.window;
    return mapping.window.host + offset;
  }
  ++faults_;
  return nullptr;
}

}  // namespace pmd::emulation
