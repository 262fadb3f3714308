#include "dma/iova_allocator.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "util/error.h"

namespace pmd {

namespace {

constexpr uint64_t kFourGiB = uint64_t{1} << 32;
/// The largest base page in use (ARM has 64 KiB): nothing below it is handed out, so that 0 plus an offset
/// faults too.
constexpr uint64_t kLowest = 0x10000;
constexpr uint64_t kMaximum = std::numeric_limits<uint64_t>::max();

}  // namespace

IovaAllocator::IovaAllocator(std::span<const IovaRange> allowed) {
  for (IovaRange range : allowed) {
    range.first = std::max(range.first, kLowest);
    if (range.first > range.last) continue;
    if (range.last < kMsiWindow.first || range.first > kMsiWindow.last) {
      insert_allowed(range);
      continue;
    }
    if (range.first < kMsiWindow.first) insert_allowed({range.first, kMsiWindow.first - 1});
    if (range.last > kMsiWindow.last) insert_allowed({kMsiWindow.last + 1, range.last});
  }
}

// The kernel's ranges are sorted and disjoint; others are merged, so that no address can be handed out twice.
void IovaAllocator::insert_allowed(IovaRange range) {
  auto next = free_.upper_bound(range.first);
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->second >= range.first - 1) {  // first is never 0 here
      range.first = previous->first;
      range.last = std::max(range.last, previous->second);
      next = free_.erase(previous);
    }
  }
  while (next != free_.end() && (range.last == kMaximum || next->first <= range.last + 1)) {
    range.last = std::max(range.last, next->second);
    next = free_.erase(next);
  }
  free_.emplace(range.first, range.last);
}

std::optional<Iova> IovaAllocator::allocate(uint64_t size, uint64_t alignment) {
  if (size == 0 || !std::has_single_bit(alignment)) {
    throw Error(ErrorCode::kInvalidArgument, "cannot allocate " + std::to_string(size) +
                                                 " bytes of device addresses aligned to " +
                                                 std::to_string(alignment));
  }
  if (const auto high = take(kFourGiB, size, alignment)) return high;
  return take(0, size, alignment);
}

std::optional<Iova> IovaAllocator::take(uint64_t floor, uint64_t size, uint64_t alignment) {
  auto gap = free_.upper_bound(floor);
  if (gap != free_.begin() && std::prev(gap)->second >= floor) --gap;
  for (; gap != free_.end(); ++gap) {
    const uint64_t lowest = std::max(gap->first, floor);
    if (lowest > kMaximum - (alignment - 1))
      return std::nullopt;  // rounding up would wrap, here and further on
    const uint64_t first = (lowest + alignment - 1) & ~(alignment - 1);
    if (first > gap->second || gap->second - first < size - 1) continue;
    carve(gap, first, first + (size - 1));
    return Iova(first);
  }
  return std::nullopt;
}

void IovaAllocator::carve(Ranges::iterator gap, uint64_t first, uint64_t last) {
  // What can throw comes before what changes the books. free() reuses the node made here, so it never
  // allocates.
  const uint64_t gap_last = gap->second;
  const auto used = used_.emplace(first, last).first;
  if (last < gap_last) {
    try {
      free_.emplace(last + 1, gap_last);
    } catch (...) {
      used_.erase(used);
      throw;
    }
  }
  if (gap->first < first) {
    gap->second = first - 1;
  } else {
    free_.erase(gap);
  }
}

bool IovaAllocator::free(Iova base) noexcept {
  auto node = used_.extract(base.value());
  if (!node) return false;
  auto next = free_.upper_bound(node.key());
  if (next != free_.end() && node.mapped() != kMaximum && next->first == node.mapped() + 1) {
    node.mapped() = next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->second == node.key() - 1) {
      previous->second = node.mapped();
      return true;
    }
  }
  free_.insert(next, std::move(node));
  return true;
}

uint64_t IovaAllocator::available() const noexcept {
  uint64_t total = 0;
  for (const auto& [first, last] : free_) {
    const uint64_t size = last - first == kMaximum ? kMaximum : last - first + 1;
    total = size > kMaximum - total ? kMaximum : total + size;
  }
  return total;
}

}  // namespace pmd
