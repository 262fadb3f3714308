#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "util/error.h"

namespace pmd::binding {

/// Numbers that stand for objects in the call block. A number names one entry until it is removed, also when
/// what the entry points to has ended before: then there is nothing behind it. Afterwards it names nothing,
/// and is not used again: JavaScript may have kept it.
template <typename Entry>
class HandleTable {
 public:
  static constexpr uint32_t kPlaces = uint32_t{1} << 18;

  /// `kind` is what errors call the entries: "bursts".
  explicit HandleTable(const char* kind) : kind_(kind) {}

  /// Throws Error(kNoMemory) when all places are taken.
  uint32_t add(Entry entry) {
    if (free_.empty()) return add_place(std::move(entry));
    const uint32_t place = free_.back();
    free_.pop_back();
    entries_[place] = std::move(entry);
    return handles_[place];
  }
  /// Returns what stood there.
  Entry remove(uint32_t handle) noexcept {
    const uint32_t place = handle % kPlaces;
    lately_ = {};
    // A place is used for 8192 entries, each with a handle of its own. They are positive as JavaScript reads
    // them, so that none is what its -1 becomes.
    handles_[place] = handle < kEnd - kPlaces ? handle + kPlaces : kNone;
    if (handles_[place] != kNone) free_.push_back(place);
    return std::exchange(entries_[place], Entry{});
  }

  /// Null when there is no such handle. Some that were looked for lately are compared first: the
  /// processor predicts which one it is, and has what is behind it before it knows the handle, which was
  /// stored a moment ago; as an index it would have to be waited for (docs/performance.md). Whoever uses more
  /// than these in turn pays for the comparisons, too.
  const Entry* find(uint32_t handle) noexcept {
    for (const Found& found : lately_)
      if (found.handle == handle) return found.entry;
    const uint32_t place = handle % kPlaces;
    if (place >= handles_.size() || handles_[place] != handle) return nullptr;
    lately_[next_++ % lately_.size()] = {handle, &entries_[place]};
    return &entries_[place];
  }

  /// The entry behind a handle. The handle must name one.
  Entry& entry(uint32_t handle) noexcept { return entries_[handle % kPlaces]; }

  auto begin() noexcept { return entries_.begin(); }
  auto end() noexcept { return entries_.end(); }

 private:
  static constexpr uint32_t kEnd = uint32_t{1} << 31;
  static constexpr uint32_t kNone = UINT32_MAX;  ///< never a handle

  struct Found {
    uint32_t handle = kNone;
    const Entry* entry = nullptr;
  };

  uint32_t add_place(Entry entry) {
    const auto place = static_cast<uint32_t>(entries_.size());
    if (place == kPlaces)
      throw Error(ErrorCode::kNoMemory,
                  "this thread has made more " + std::string(kind_) + " than it has places for",
                  "make them once and use them again");
    if (place == free_.capacity())
      free_.reserve(2 * place + 8);  // so that giving a place back needs no memory
    handles_.reserve(free_.capacity());
    entries_.push_back(std::move(entry));
    handles_.push_back(place);
    lately_ = {};  // entries may have moved
    return place;
  }

  const char* const kind_;
  std::array<Found, 4> lately_;
  uint32_t next_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint32_t> handles_;  ///< of the entry at each place, or of the next that is put there
  std::vector<uint32_t> free_;
};

}  // namespace pmd::binding
