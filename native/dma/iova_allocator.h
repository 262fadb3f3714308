#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "dma/iova.h"

namespace pmd {

/// Device addresses that may be mapped, both ends included (a range may end at 2^64 - 1).
struct IovaRange {
  uint64_t first = 0;
  uint64_t last = 0;
  constexpr bool operator==(const IovaRange&) const = default;
};

/// x86's MSI window: a DMA write there is an interrupt message, whatever the IOMMU has mapped.
inline constexpr IovaRange kMsiWindow{0xFEE00000, 0xFEEFFFFF};

/// Hands out device addresses from the ranges that the IOMMU accepts. Never address 0 (an unset descriptor
/// must fault, not hit memory), never the MSI window. Prefers addresses from 4 GiB up, where no platform
/// reserves anything.
class IovaAllocator {
 public:
  explicit IovaAllocator(std::span<const IovaRange> allowed);

  /// The lowest free aligned address, or nothing when no gap is large enough. `alignment` is a power of two;
  /// `size` is taken as given, so callers round it up to whole pages. Throws Error(kInvalidArgument).
  std::optional<Iova> allocate(uint64_t size, uint64_t alignment);
  /// False when nothing was allocated at this address.
  bool free(Iova base) noexcept;

  /// Bytes not handed out, saturating: the whole 64-bit space counts as 2^64 - 1.
  uint64_t available() const noexcept;
  size_t allocations() const noexcept { return used_.size(); }
  size_t gaps() const noexcept { return free_.size(); }

 private:
  using Ranges = std::map<uint64_t, uint64_t>;  // first -> last

  void insert_allowed(IovaRange range);
  std::optional<Iova> take(uint64_t floor, uint64_t size, uint64_t alignment);
  void carve(Ranges::iterator gap, uint64_t first, uint64_t last);

  Ranges free_;
  Ranges used_;
};

}  // namespace pmd
