#include "port/burst.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace pmd {

std::shared_ptr<void> Burst::make_block(uint32_t capacity) {
  const size_t size = (block_size(capacity) + 63) / 64 * 64;
  void* const memory = std::aligned_alloc(64, size);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, size);
  return std::shared_ptr<void>(memory, std::free);
}

void Burst::move_to_front(uint32_t n, uint32_t rest) noexcept {
  std::memmove(index_, index_ + n, rest * sizeof(*index_));
  std::memmove(status_, status_ + n, rest * sizeof(*status_));
  std::memmove(length_, length_ + n, rest * sizeof(*length_));
  std::memmove(offset_, offset_ + n, rest * sizeof(*offset_));
  set_count(rest);
}

uint32_t Burst::release(uint32_t first, uint32_t count) noexcept {
  // In locals: a store through the byte pointer may alias any member.
  PacketPool& pool = cache_.pool();
  uint8_t* const owners = pool.owners();
  const uint32_t buffers = pool.buffers();
  const uint8_t self = cache_.id();
  const uint32_t* const index = index_;
  uint32_t* const freed = cache_.top();
#pragma GCC unroll 4
  for (uint32_t i = first; i < count; ++i) {
    const uint32_t buffer = __atomic_load_n(&index[i], __ATOMIC_RELAXED);
    if (buffer >= buffers || owner::load(owners[buffer]) != self) [[unlikely]] {
      for (uint32_t done = first; done < i; ++done) owner::store(owners[freed[done - first]], self);
      return i;
    }
    owner::store(owners[buffer], owner::kDriver);
    freed[i - first] = buffer;
  }
  if (first < count) cache_.add(count - first);
  cache_.settle();
  set_count(std::min(first, count));
  return kNoEntry;
}

void Burst::abandon() noexcept {
  const PacketPool& pool = cache_.pool();
  uint8_t* const owners = cache_.pool().owners();
  const uint32_t n = count();
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    if (buffer >= pool.buffers() || owner::load(owners[buffer]) != cache_.id()) continue;
    owner::store(owners[buffer], owner::kDriver);
    cache_.push(buffer);
  }
  cache_.settle();
  set_count(0);
}

uint32_t Burst::allocate(uint32_t wanted) noexcept {
  const uint32_t first = count();
  const uint32_t n = cache_.prepare(std::min(wanted, capacity_ - first));
  // In locals: a store through the byte pointer may alias any member.
  uint8_t* const owners = cache_.pool().owners();
  const uint8_t self = cache_.id();
  const uint32_t* const free = cache_.pop_bulk(n);
  for (uint32_t i = 0; i < n; ++i) owner::store(owners[free[i]], self);
  std::copy_n(free, n, index_ + first);
  std::fill_n(status_ + first, n, 0);
  std::fill_n(length_ + first, n, uint16_t{0});
  std::fill_n(offset_ + first, n, static_cast<uint16_t>(kHeadroom));
  set_count(first + n);
  return n;
}

}  // namespace pmd
