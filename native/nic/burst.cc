#include "nic/burst.h"

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
  uint8_t* const owners = cache_.pool().owners();
  const uint32_t buffers = cache_.pool().buffers();
  const uint32_t n = count();
  for (uint32_t i = first; i < n; ++i) {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    if (buffer >= buffers || owner::load(owners[buffer]) != cache_.id()) [[unlikely]] {
      for (uint32_t done = first; done < i; ++done) owner::store(owners[cache_.pop()], cache_.id());
      return i;
    }
    owner::store(owners[buffer], owner::kDriver);
    cache_.push(buffer);
  }
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
  uint8_t* const owners = cache_.pool().owners();
  for (uint32_t i = first; i < first + n; ++i) {
    const uint32_t buffer = cache_.pop();
    owner::store(owners[buffer], cache_.id());
    index_[i] = buffer;
    status_[i] = 0;
    length_[i] = 0;
    offset_[i] = kHeadroom;
  }
  set_count(first + n);
  return n;
}

}  // namespace pmd
