// Buffers that nobody holds are poisoned: AddressSanitizer reports who touches one. In other builds there is
// nothing to see.
#include "util/poison.h"

#include <array>

#include "check.h"
#include "dma/packet_pool.h"

using namespace pmd;

#if defined(PMD_POISONS)

namespace {

constexpr uint32_t kBuffers = 64;

bool is_poisoned(const PacketPool& pool, uint32_t index) {
  const std::byte* const buffer = pool.buffer(index);
  return __asan_address_is_poisoned(buffer) && __asan_address_is_poisoned(buffer + pool.stride() - 1);
}

bool is_clean(const std::byte* memory, size_t size) {
  return __asan_region_is_poisoned(const_cast<std::byte*>(memory), size) == nullptr;
}

}  // namespace

TEST(buffers_that_nobody_holds) {
  ProcessMemory memory(HugePages::kNever);
  const PoolOptions options{.buffers = kBuffers, .huge_pages = HugePages::kNever};
  auto pool = std::make_unique<PacketPool>(options, memory);
  for (uint32_t i = 0; i < kBuffers; ++i) CHECK(is_poisoned(*pool, i));
  std::array<uint32_t, 2> taken{};
  CHECK_EQ(pool->take(taken.data(), 2), 2u);
  for (const uint32_t index : taken) CHECK(is_clean(pool->buffer(index), pool->stride()));
  pool->give(taken.data(), 1);
  CHECK(is_poisoned(*pool, taken[0]));
  CHECK(is_clean(pool->buffer(taken[1]), pool->stride()));
  const auto region = pool->region();
  const size_t size = pool->size();
  pool = nullptr;  // views of its memory may live on
  CHECK(is_clean(region->data(), size));
}

#endif
