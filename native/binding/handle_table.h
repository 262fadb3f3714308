#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pmd::binding {

/// Numbers that stand for objects in the call block. A number names one object until it is removed, also when
/// the object itself has ended before: then there is nothing behind it.
template <typename Pointer>
class HandleTable {
 public:
  uint32_t add(Pointer object) {
    if (free_.empty()) {
      free_.reserve(objects_.size() + 1);  // so that giving a handle back needs no memory
      objects_.push_back(std::move(object));
      return static_cast<uint32_t>(objects_.size() - 1);
    }
    const uint32_t handle = free_.back();
    free_.pop_back();
    objects_[handle] = std::move(object);
    return handle;
  }
  void remove(uint32_t handle) noexcept {
    objects_[handle] = nullptr;
    free_.push_back(handle);
  }
  /// Null when there is none (any more).
  auto* at(uint32_t handle) const noexcept {
    return handle < objects_.size() ? std::to_address(objects_[handle]) : nullptr;
  }

  auto begin() noexcept { return objects_.begin(); }
  auto end() noexcept { return objects_.end(); }
  void clear() noexcept { objects_.clear(); }

 private:
  std::vector<Pointer> objects_;
  std::vector<uint32_t> free_;
};

}  // namespace pmd::binding
