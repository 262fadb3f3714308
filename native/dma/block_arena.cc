#include "dma/block_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "util/error.h"
#include "util/zero_pages.h"

namespace pmd {

namespace {

constexpr size_t kLine = 64;
constexpr size_t kMapping = size_t{64} << 10;

constexpr size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

}  // namespace

BlockArena::~BlockArena() {
  for (const auto& [data, size] : mappings_) replace_by_zeros(data, size);
}

std::shared_ptr<void> BlockArena::allocate(size_t size) {
  const size_t whole = round_up(size, kLine);
  void* const block = take(whole);
  std::memset(block, 0, whole);
  return std::shared_ptr<void>(block, [arena = shared_from_this(), whole](void* freed) {
    const std::lock_guard guard(arena->mutex_);
    arena->sizes_.find(whole)->second.free.push_back(freed);
  });
}

void* BlockArena::take(size_t size) {
  const std::lock_guard lock(mutex_);
  Size& same = sizes_[size];
  if (!same.free.empty()) {
    void* const block = same.free.back();
    same.free.pop_back();
    return block;
  }
  same.free.reserve(same.made + 1);  // so that freeing a block needs no memory
  void* const block = carve(size);
  ++same.made;
  return block;
}

void* BlockArena::carve(size_t size) {
  if (left_ < size && is_fixed_)
    throw Error(ErrorCode::kNoMemory, "the pool's memory has no room for another burst",
                "make bursts once and use them again, or make smaller ones");
  if (left_ < size) add_mapping(size);
  left_ -= size;
  return std::exchange(next_, next_ + size);
}

void BlockArena::add_mapping(size_t size) {
  const size_t bytes = round_up(size, kMapping);
  mappings_.reserve(mappings_.size() + 1);
  void* const mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mappings_.push_back({mapping, bytes});
  next_ = static_cast<std::byte*>(mapping);
  left_ = bytes;
}

}  // namespace pmd
