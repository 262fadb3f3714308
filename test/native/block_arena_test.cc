// The memory of bursts, which others may write to at any moment: another thread of JavaScript has it too,
// once an ArrayBuffer was moved there.
#include "dma/block_arena.h"

#include <atomic>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "check.h"
#include "port/burst.h"

using namespace pmd;

TEST(a_freed_block_is_a_block_of_the_same_size_again_and_zeroed) {
  constexpr size_t kSize = 448;
  const auto arena = BlockArena::make();
  std::set<void*> blocks;
  for (int round = 0; round < 100; ++round) {
    const auto block = arena->allocate(kSize);
    CHECK_EQ(reinterpret_cast<uintptr_t>(block.get()) % 64, 0u);
    for (size_t i = 0; i < kSize; ++i) CHECK_EQ(static_cast<unsigned char*>(block.get())[i], 0);
    std::memset(block.get(), 0xFF, kSize);
    blocks.insert(block.get());
    const auto other = arena->allocate(kSize + 64);
    CHECK(!blocks.contains(other.get()));
  }
  CHECK_EQ(blocks.size(), 1u);
}

TEST(live_blocks_do_not_overlap) {
  const auto arena = BlockArena::make();
  std::vector<std::shared_ptr<void>> live;
  for (size_t size = 64; size < 130'000; size += 640) {
    live.push_back(arena->allocate(size));
    std::memset(live.back().get(), static_cast<int>(live.size()), size);
  }
  for (size_t i = 0; i < live.size(); ++i) {
    const auto* bytes = static_cast<unsigned char*>(live[i].get());
    for (const size_t at : {size_t{0}, 640 * i + 63}) CHECK_EQ(bytes[at], static_cast<unsigned char>(i + 1));
  }
}

TEST(blocks_read_as_zeros_once_their_arena_is_gone) {
  auto arena = BlockArena::make();
  auto block = arena->allocate(12'000);
  auto* const bytes = static_cast<volatile unsigned char*>(block.get());
  for (size_t i = 0; i < 12'000; ++i) bytes[i] = 7;
  arena.reset();
  CHECK_EQ(bytes[11'999], 7);  // the block keeps the arena
  block.reset();
  for (size_t i = 0; i < 12'000; ++i) CHECK_EQ(bytes[i], 0);
  bytes[0] = 1;  // for nobody else to see
  const auto other = BlockArena::make();
  for (int i = 0; i < 100; ++i) CHECK(other->allocate(12'000).get() != static_cast<volatile void*>(bytes));
}

TEST(a_count_that_another_thread_changes_within_a_call_leaves_the_neighbours_alone) {
  constexpr uint32_t kCapacity = 700;
  constexpr size_t kSize = Burst::block_size(kCapacity);
  ProcessMemory memory(HugePages::kNever);
  const auto pool = std::make_shared<PacketPool>(PoolOptions{.buffers = 4096}, memory);
  const auto arena = BlockArena::make();
  // The first blocks of an arena lie side by side.
  const auto block = arena->allocate(kSize);
  const auto neighbour = arena->allocate(kSize);
  auto* const count = &static_cast<Burst::Header*>(block.get())->count;
  CHECK_EQ(static_cast<std::byte*>(neighbour.get()) - static_cast<std::byte*>(block.get()),
           static_cast<ptrdiff_t>((kSize + 63) / 64 * 64));
  std::memset(neighbour.get(), 0xA5, kSize);
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (uint32_t flip = 0; !done.load(); ++flip)
      __atomic_store_n(count, flip % 2 == 0 ? 0 : UINT32_MAX, __ATOMIC_RELAXED);
  });
  for (int round = 0; round < 3000; ++round) {
    PoolCache cache(pool);  // at its end it takes back what the burst has lost
    Burst burst(kCapacity, cache, {}, block);
    burst.allocate(kCapacity);
    const uint32_t seen = burst.count();
    burst.drop_front(seen / 2, seen);
    burst.release();
    burst.allocate(kCapacity);
    burst.abandon();
  }
  done = true;
  other.join();
  const auto* bytes = static_cast<const unsigned char*>(neighbour.get());
  for (size_t i = 0; i < kSize; ++i) CHECK_EQ(bytes[i], 0xA5);
}
