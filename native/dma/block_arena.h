#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace pmd {

/// Small blocks that somebody may see after their end: a burst's ArrayBuffer can be moved to another thread,
/// which outlives the one that made it. So they are not the heap's. A block that is freed is used again for
/// one of the same size, while the arena lives; at its end zeros take its place, and its addresses are not
/// used again: 64 KiB of them, or a multiple. Thread safe.
class BlockArena : public std::enable_shared_from_this<BlockArena> {
 public:
  static std::shared_ptr<BlockArena> make() { return std::shared_ptr<BlockArena>(new BlockArena); }
  /// One that has no other memory than this, which is somebody else's to free, and outlives the last block.
  static std::shared_ptr<BlockArena> over(std::byte* data, size_t size) {
    return std::shared_ptr<BlockArena>(new BlockArena(data, size));
  }
  ~BlockArena();
  BlockArena(const BlockArena&) = delete;
  BlockArena& operator=(const BlockArena&) = delete;

  /// A zeroed block, aligned to a cache line; it keeps the arena. Throws std::bad_alloc, or Error(kNoMemory)
  /// when given memory is used up.
  std::shared_ptr<void> allocate(size_t size);

 private:
  struct Size {
    std::vector<void*> free;  ///< and not a list within the blocks, where others may write
    size_t made = 0;
  };
  struct Mapping {
    void* data;
    size_t size;
  };

  BlockArena() = default;
  BlockArena(std::byte* data, size_t size) : is_fixed_(true), next_(data), left_(size) {}
  void* take(size_t size);
  void* carve(size_t size);
  void add_mapping(size_t size);

  const bool is_fixed_ = false;
  std::mutex mutex_;  // guards the rest
  std::map<size_t, Size> sizes_;
  std::vector<Mapping> mappings_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace pmd
