#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "check.h"
#include "dma/iova_allocator.h"
#include "util/error.h"

using pmd::Iova;
using pmd::IovaAllocator;
using pmd::IovaRange;
using pmd::kMsiWindow;

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kHuge = uint64_t{2} << 20;
constexpr uint64_t kFourGiB = uint64_t{1} << 32;
constexpr uint64_t kMaximum = std::numeric_limits<uint64_t>::max();

IovaAllocator whole_39_bits() {
  const std::vector<IovaRange> ranges{{0, kMsiWindow.first - 1},
                                      {kMsiWindow.last + 1, (uint64_t{1} << 39) - 1}};
  return IovaAllocator(ranges);
}

uint64_t must_allocate(IovaAllocator& allocator, uint64_t size, uint64_t alignment) {
  const auto iova = allocator.allocate(size, alignment);
  CHECK(iova.has_value());
  return iova ? iova->value() : 0;
}

bool overlaps(uint64_t first, uint64_t last, const IovaRange& range) {
  return first <= range.last && range.first <= last;
}

bool is_refused(uint64_t size, uint64_t alignment) {
  auto allocator = whole_39_bits();
  try {
    allocator.allocate(size, alignment);
    return false;
  } catch (const pmd::Error& error) {
    return error.code == pmd::ErrorCode::kInvalidArgument;
  }
}

}  // namespace

TEST(iova_starts_at_four_gib) {
  auto allocator = whole_39_bits();
  CHECK_EQ(must_allocate(allocator, kPage, kPage), kFourGiB);
  CHECK_EQ(must_allocate(allocator, kPage, kPage), kFourGiB + kPage);
  CHECK_EQ(must_allocate(allocator, kHuge, kHuge), kFourGiB + kHuge);
  CHECK_EQ(must_allocate(allocator, kPage, kPage),
           kFourGiB + 2 * kPage);  // the gap before the huge page is used
}

TEST(iova_uses_low_addresses_when_there_are_no_others) {
  const std::vector<IovaRange> ranges{{0, 0xFFFFFFFF}};
  IovaAllocator allocator(ranges);
  const auto iova = must_allocate(allocator, kPage, kPage);
  CHECK(iova > 0);
  CHECK(iova < kMsiWindow.first);
}

TEST(iova_prefers_high_addresses_in_one_range_across_four_gib) {
  const std::vector<IovaRange> ranges{{0, kFourGiB + kPage - 1}};
  IovaAllocator allocator(ranges);
  CHECK_EQ(must_allocate(allocator, kPage, kPage), kFourGiB);
  CHECK(must_allocate(allocator, kPage, kPage) < kMsiWindow.first);
}

TEST(iova_never_gives_zero_or_the_msi_window) {
  const std::vector<IovaRange> ranges{{0, 0xFFFFFFFF}};
  IovaAllocator allocator(ranges);
  const uint64_t size = uint64_t{1} << 20;
  unsigned count = 0;
  while (const auto iova = allocator.allocate(size, size)) {
    CHECK(iova->value() != 0);
    CHECK(!overlaps(iova->value(), iova->value() + size - 1, kMsiWindow));
    ++count;
  }
  CHECK_EQ(count, 4096u - 2u);  // all but the first MiB, which holds address 0, and the window
  CHECK(!allocator.allocate(size, size).has_value());
}

TEST(iova_reaches_the_last_address) {
  const std::vector<IovaRange> ranges{{kMaximum - 2 * kPage + 1, kMaximum}};
  IovaAllocator allocator(ranges);
  const auto first = must_allocate(allocator, kPage, kPage);
  const auto second = must_allocate(allocator, kPage, kPage);
  CHECK_EQ(second, kMaximum - kPage + 1);
  CHECK(!allocator.allocate(kPage, kPage).has_value());
  CHECK(allocator.free(Iova(first)));
  CHECK(allocator.free(Iova(second)));
  CHECK_EQ(allocator.available(), 2 * kPage);
  CHECK_EQ(allocator.gaps(), 1u);
  CHECK(!allocator.allocate(kPage, kHuge).has_value());  // rounding up would wrap
}

TEST(iova_sizes_that_cannot_fit_are_refused_without_overflow) {
  const std::vector<IovaRange> ranges{{0, kMaximum}};
  IovaAllocator allocator(ranges);
  CHECK(!allocator.allocate(kMaximum, kPage).has_value());
  CHECK(!allocator.allocate(kMaximum - kPage + 1, kPage).has_value());
  CHECK(allocator.allocate(uint64_t{1} << 62, kHuge).has_value());
}

TEST(iova_no_ranges_no_addresses) {
  IovaAllocator none{std::vector<IovaRange>{}};
  CHECK(!none.allocate(kPage, kPage).has_value());
  IovaAllocator only_the_window{std::vector<IovaRange>{kMsiWindow}};
  CHECK(!only_the_window.allocate(kPage, kPage).has_value());
  IovaAllocator backwards{std::vector<IovaRange>{{2 * kFourGiB, kFourGiB}}};
  CHECK(!backwards.allocate(kPage, kPage).has_value());
}

TEST(iova_ranges_that_overlap_or_touch_are_one) {
  const std::vector<IovaRange> ranges{{kFourGiB, kFourGiB + 0x2FFF},
                                      {kFourGiB + 0x1000, kFourGiB + 0x3FFF},
                                      {kFourGiB + 0x4000, kFourGiB + 0x4FFF},
                                      {kFourGiB, kFourGiB + 0x0FFF}};
  IovaAllocator allocator(ranges);
  CHECK_EQ(allocator.gaps(), 1u);
  CHECK_EQ(allocator.available(), uint64_t{0x5000});
}

TEST(iova_free_coalesces_in_every_order) {
  const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const auto& order : orders) {
    auto allocator = whole_39_bits();
    const auto before = allocator.available();
    const auto gaps = allocator.gaps();
    uint64_t iovas[3];
    for (auto& iova : iovas) iova = must_allocate(allocator, kPage, kPage);
    for (const int index : order) CHECK(allocator.free(Iova(iovas[index])));
    CHECK_EQ(allocator.available(), before);
    CHECK_EQ(allocator.gaps(), gaps);
  }
}

TEST(iova_free_of_what_was_not_allocated_is_refused) {
  auto allocator = whole_39_bits();
  const auto iova = must_allocate(allocator, 2 * kPage, kPage);
  CHECK(!allocator.free(Iova(iova + kPage)));
  CHECK(!allocator.free(Iova(0)));
  CHECK(allocator.free(Iova(iova)));
  CHECK(!allocator.free(Iova(iova)));
}

TEST(iova_bad_arguments_throw) {
  CHECK(is_refused(0, kPage));
  CHECK(is_refused(kPage, 0));
  CHECK(is_refused(kPage, 3));
  CHECK(!is_refused(1, 1));
}

// Random allocations and frees against a model: nothing overlaps, leaves the allowed ranges or is misaligned,
// the books add up at every step, and everything is back at the end.
TEST(iova_random_allocations_never_overlap) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<IovaRange> ranges{
        {0, 0x9FFFF}, {0xFE000000, 0xFFFFFFFF}, {kFourGiB, kFourGiB + 0xFFFFFF}};
    IovaAllocator allocator(ranges);
    const auto available = allocator.available();
    const auto gaps = allocator.gaps();
    std::map<uint64_t, uint64_t> live;  // first -> last
    uint64_t used = 0;
    for (int step = 0; step < 5000; ++step) {
      if (random() % 2 == 0 || live.empty()) {
        const uint64_t size = kPage * (1 + random() % 64);
        const uint64_t alignment = kPage << (random() % 10);
        const auto iova = allocator.allocate(size, alignment);
        if (!iova) continue;
        const uint64_t first = iova->value();
        const uint64_t last = first + size - 1;
        CHECK_EQ(first % alignment, 0u);
        CHECK(first != 0);
        CHECK(!overlaps(first, last, kMsiWindow));
        bool inside = false;
        for (const auto& range : ranges) inside = inside || (first >= range.first && last <= range.last);
        CHECK(inside);
        const auto next = live.lower_bound(first);
        CHECK(next == live.end() || next->first > last);
        CHECK(next == live.begin() || std::prev(next)->second < first);
        live.emplace(first, last);
        used += size;
      } else {
        auto victim = std::next(live.begin(), static_cast<long>(random() % live.size()));
        CHECK(allocator.free(Iova(victim->first)));
        used -= victim->second - victim->first + 1;
        live.erase(victim);
      }
      CHECK_EQ(allocator.available() + used, available);
      CHECK_EQ(allocator.allocations(), live.size());
    }
    for (const auto& [first, last] : live) CHECK(allocator.free(Iova(first)));
    CHECK_EQ(allocator.available(), available);
    CHECK_EQ(allocator.gaps(), gaps);
  }
}
