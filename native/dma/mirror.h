#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "dma/region.h"

namespace pmd {

/// A second mapping of a region's pages, over addresses that belong to somebody else: to the memory of a
/// WebAssembly program. At its end zeros take its place, unless the addresses have become something else
/// meanwhile.
class Mirror {
 public:
  /// `at` is whole pages of memory that nobody else uses meanwhile; what was there is lost. Throws
  /// Error(kBusy) where another mirror is, Error(kNoMemory).
  Mirror(const UniqueFd& file, std::byte* at, size_t size);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  std::byte* data() const noexcept { return at_; }

 private:
  /// Whether all of the addresses still show the file.
  bool is_there() const noexcept;

  std::byte* const at_;
  const size_t size_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Makes one region, which is mirrored in given memory.
class MirroredMemory final : public MemorySource {
 public:
  /// `at` begins a page and is followed by `room` bytes.
  MirroredMemory(std::byte* at, size_t room, HugePages huge_pages)
      : at_(at), room_(room), huge_pages_(huge_pages) {}
  /// Throws Error(kInvalidArgument) when the memory is too small, or too far from a huge page that is
  /// required; as Mirror and ProcessMemory do.
  std::shared_ptr<Region> allocate(size_t size) override;
  std::unique_ptr<Mirror> take_mirror() noexcept { return std::move(mirror_); }

 private:
  HugePages pages_that_fit(size_t size) const;

  std::byte* const at_;
  const size_t room_;
  const HugePages huge_pages_;
  std::unique_ptr<Mirror> mirror_;
};

}  // namespace pmd
