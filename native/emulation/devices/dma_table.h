#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dma/iova.h"
#include "dma/region.h"

namespace pmd::emulation {

/// Who asks, so that each keeps its own last hit.
enum class DmaUser : uint8_t { kRing, kReceive, kTransmit, kCount };

/// The device's IOMMU: what it may reach, and where that lies in this process. An access outside is counted
/// and never done. Device addresses start at 4 GiB, differ from every host pointer, have gaps between them
/// and are never given twice, so that a truncated, stale or host address misses. Guarded by the device's
/// lock.
class DmaTable {
 public:
  /// Throws Error(kDma) for an empty region.
  Iova map(std::shared_ptr<Region> region);
  /// Returns the region, for the caller to let go of outside the lock; null when nothing is mapped there.
  std::shared_ptr<Region> unmap(Iova base) noexcept;
  void clear() noexcept;

  /// Host memory behind `length` bytes at `address`, or null, counted as a fault.
  std::byte* find(DmaUser user, uint64_t address, uint64_t length) noexcept {
    const Window& window = windows_[static_cast<size_t>(user)];
    const uint64_t offset = address - window.base;
    if (offset < window.size && length <= window.size - offset) return window.host + offset;
    return find_slowly(user, address, length);
  }

  /// Where an address would lie, if the last hit covers it; for a prefetch, so nothing is counted.
  std::byte* peek(DmaUser user, uint64_t address) const noexcept {
    const Window& window = windows_[static_cast<size_t>(user)];
    const uint64_t offset = address - window.base;
    return offset < window.size ? window.host + offset : nullptr;
  }

  /// A fault: the next `number` accesses miss, whatever is mapped.
  void refuse(uint64_t number) noexcept {
    windows_.fill({});
    to_refuse_ = number;
  }

  uint64_t faults() const noexcept { return faults_; }
  void count_faults(uint64_t number) noexcept { faults_ += number; }
  size_t size() const noexcept { return mappings_.size(); }
  /// Changes with every unmap: a pointer kept longer than a batch is stale when this has moved.
  uint64_t generation() const noexcept { return generation_; }

 private:
  struct Window {
    uint64_t base = 0;
    uint64_t size = 0;
    std::byte* host = nullptr;
  };
  struct Mapping {
    Window window;
    std::shared_ptr<Region> region;
  };

  std::byte* find_slowly(DmaUser user, uint64_t address, uint64_t length) noexcept;

  std::array<Window, static_cast<size_t>(DmaUser::kCount)> windows_;
  std::vector<Mapping> mappings_;  // ascending by address: addresses only grow
  uint64_t next_ = uint64_t{1} << 32;
  uint64_t faults_ = 0;
  uint64_t to_refuse_ = 0;  ///< while there are any, no window is kept: every access comes by find_slowly()
  uint64_t generation_ = 0;
};

}  // namespace pmd::emulation
