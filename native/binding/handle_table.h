#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace pmd::binding {

/// Numbers that stand for objects in the call block. A number names one entry until it is removed, also when
/// what the entry points to has ended before: then there is nothing behind it.
template <typename Entry>
class HandleTable {
 public:
  uint32_t add(Entry entry) {
    if (!free_.empty()) {
      const uint32_t handle = free_.back();
      free_.pop_back();
      entries_[handle] = std::move(entry);
      return handle;
    }
    free_.reserve(entries_.size() + 1);  // so that giving a handle back needs no memory
    entries_.push_back(std::move(entry));
    lately_ = {};  // entries may have moved
    return static_cast<uint32_t>(entries_.size() - 1);
  }
  /// Returns what stood there.
  Entry remove(uint32_t handle) noexcept {
    free_.push_back(handle);
    return std::exchange(entries_[handle], Entry{});
  }

  /// Null when there was never such a handle. Some that were looked for lately are compared first: the
  /// processor predicts which one it is, and has what is behind it before it knows the handle, which was
  /// stored a moment ago; as an index it would have to be waited for (docs/performance.md). Whoever uses more
  /// than these in turn pays for the comparisons, too.
  const Entry* find(uint32_t handle) noexcept {
    for (const Found& found : lately_)
      if (found.handle == handle) return found.entry;
    if (handle >= entries_.size()) return nullptr;
    lately_[next_++ % lately_.size()] = {handle, &entries_[handle]};
    return &entries_[handle];
  }

  auto begin() noexcept { return entries_.begin(); }
  auto end() noexcept { return entries_.end(); }

 private:
  struct Found {
    uint32_t handle = UINT32_MAX;  ///< never one; what JavaScript's -1 becomes
    const Entry* entry = nullptr;
  };

  std::array<Found, 4> lately_;
  uint32_t next_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
};

}  // namespace pmd::binding
