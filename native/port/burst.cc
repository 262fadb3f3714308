#include "port/burst.h"

#include <cstring>

namespace pmd {

void Burst::move_to_front(uint32_t n, uint32_t rest) noexcept {
  std::memmove(index_, index_ + n, rest * sizeof(*index_));
  std::memmove(status_, status_ + n, rest * sizeof(*status_));
  std::memmove(length_, length_ + n, rest * sizeof(*length_));
  std::memmove(offset_, offset_ + n, rest * sizeof(*offset_));
  set_count(rest);
}

uint32_t Burst::release(uint32_t first) noexcept {
  // In locals: a store through the byte pointer may alias any member.
  PacketPool& pool = cache_.pool();
  uint8_t* const owners = pool.owners();
  const uint32_t buffers = pool.buffers();
  const uint8_t self = cache_.id();
  const uint32_t* const index = index_;
  uint32_t* const freed = cache_.top();
  const uint32_t n = count();
#pragma GCC unroll 4
  for (uint32_t i = first; i < n; ++i) {
    const uint32_t buffer = __atomic_load_n(&index[i], __ATOMIC_RELAXED);
    if (buffer >= buffers || owner::load(owners[buffer]) != self) [[unlikely]] {
      for (uint32_t done = first; done < i; ++done) owner::store(owners[freed[done - first]], self);
      return i;
    }
    owner::store(owners[buffer], owner::kDriver);
    freed[i - first] = buffer;
  }
  if (first < n) cache_.add(n - first);
  cache_.settle();
  set_count(std::min(first, n));
  return kNoEntry;
}

void Burst::abandon() noexcept {
  const PacketPool& pool = cache_.pool();
  uint8_t* const owners = cache_.pool().owners();
  for (uint32_t i = 0; i < count(); ++i) {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    if (buffer >= pool.buffers() || owner::load(owners[buffer]) != cache_.id()) continue;
    owner::store(owners[buffer], owner::kDriver);
    cache_.push(buffer);
  }
  cache_.settle();
  set_count(0);
}

uint32_t Burst::allocate(uint32_t wanted) noexcept {
  const uint32_t n = cache_.prepare(std::min(wanted, room()));
  const uint32_t first = count();
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
