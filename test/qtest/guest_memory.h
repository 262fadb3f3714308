#pragma once

#include <memory>
#include <mutex>

#include "dma/iova_allocator.h"
#include "dma/region.h"
#include "util/unique_fd.h"

namespace pmd::qtest {

/// The machine's RAM, which is also ours: a memfd that both map. Regions are carved from it, so a region's
/// device address is its guest physical one.
class GuestMemory : public std::enable_shared_from_this<GuestMemory> {
 public:
  explicit GuestMemory(size_t size);
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  int fd() const noexcept { return fd_.get(); }
  size_t size() const noexcept { return size_; }
  std::byte* at(uint64_t address) const noexcept { return base_ + address; }

  /// Zeroed pages. Throws Error(kNoMemory).
  std::shared_ptr<Region> allocate(size_t size);
  /// Where a region of allocate() lies; Error(kDma) for any other region.
  Iova address_of(const Region& region) const;

 private:
  class Piece;

  const size_t size_;
  UniqueFd fd_;
  std::byte* base_;
  std::mutex mutex_;  // guards free_
  IovaAllocator free_;
};

}  // namespace pmd::qtest
