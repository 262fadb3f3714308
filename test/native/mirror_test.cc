// Packet memory that somebody else's addresses show, too.
#include "dma/mirror.h"

#include <sys/mman.h>

#include <cstring>

#include "check.h"
#include "dma/packet_pool.h"
#include "util/error.h"

using namespace pmd;

namespace {

constexpr size_t kRoom = size_t{4} << 20;
constexpr size_t kSize = size_t{1} << 20;

std::byte* map_at(std::byte* at, int flags = 0) {
  void* const memory = mmap(at, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  CHECK(memory != MAP_FAILED);
  return static_cast<std::byte*>(memory);
}

ErrorCode refusal_of(MirroredMemory memory, size_t size) {
  try {
    memory.allocate(size);
  } catch (const Error& error) {
    return error.code;
  }
  return ErrorCode::kInternal;
}

}  // namespace

TEST(both_mappings_show_the_same_bytes_and_zeros_stay_behind) {
  std::byte* const at = map_at(nullptr);
  std::memset(at, 7, kRoom);
  MirroredMemory memory(at, kRoom, HugePages::kNever);
  const auto region = memory.allocate(kSize);
  auto mirror = memory.take_mirror();
  CHECK_EQ(region->size(), kSize);
  CHECK(region->data() != at);
  region->data()[kSize - 1] = std::byte{42};
  CHECK_EQ(std::to_integer<int>(at[kSize - 1]), 42);
  at[0] = std::byte{43};
  CHECK_EQ(std::to_integer<int>(region->data()[0]), 43);
  mirror.reset();
  CHECK_EQ(std::to_integer<int>(at[0]), 0);
  CHECK_EQ(std::to_integer<int>(at[kSize - 1]), 0);
  CHECK_EQ(std::to_integer<int>(at[kSize]), 7);
  CHECK_EQ(std::to_integer<int>(region->data()[0]), 43);  // the region is not its mirror's
  munmap(at, kRoom);
}

TEST(addresses_that_have_become_something_else_are_left_alone) {
  std::byte* const at = map_at(nullptr);
  MirroredMemory memory(at, kRoom, HugePages::kNever);
  const auto region = memory.allocate(kSize);
  auto mirror = memory.take_mirror();
  munmap(at, kRoom);
  CHECK_EQ(map_at(at, MAP_FIXED), at);
  std::memset(at, 7, kRoom);
  mirror.reset();
  for (size_t i = 0; i < kRoom; i += 4096) CHECK_EQ(std::to_integer<int>(at[i]), 7);
  // Also where a part is the mirror's yet.
  mirror.reset();
  MirroredMemory again(at, kRoom, HugePages::kNever);
  const auto other = again.allocate(kSize);
  mirror = again.take_mirror();
  CHECK_EQ(mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), at);
  at[0] = std::byte{9};
  mirror.reset();
  CHECK_EQ(std::to_integer<int>(at[0]), 9);
  munmap(at, kRoom);
}

TEST(a_mirror_takes_no_place_of_another_and_no_more_than_there_is) {
  std::byte* const at = map_at(nullptr);
  MirroredMemory memory(at + kSize, kRoom - kSize, HugePages::kNever);
  const auto region = memory.allocate(kSize);
  const auto mirror = memory.take_mirror();
  region->data()[0] = std::byte{42};
  for (const size_t offset : {size_t{0} + 4096, kSize, 2 * kSize - 4096})
    CHECK(refusal_of({at + offset, kRoom - offset, HugePages::kNever}, kSize) == ErrorCode::kBusy);
  CHECK(refusal_of({at, kSize, HugePages::kNever}, kSize + 1) == ErrorCode::kInvalidArgument);
  CHECK_EQ(std::to_integer<int>(at[kSize]), 42);
  MirroredMemory beside(at, kRoom, HugePages::kNever);
  CHECK(beside.allocate(kSize) != nullptr);
  munmap(at, kRoom);
}

TEST(a_pool_has_blocks_behind_its_buffers) {
  ProcessMemory memory(HugePages::kNever);
  const PacketPool pool({.buffers = 64, .block_room = 64 << 10}, memory);
  pool.region()->expose();
  const auto block = pool.blocks()->allocate(1000);
  const auto* const begin = static_cast<std::byte*>(block.get());
  CHECK(begin >= pool.region()->data() + pool.size());
  CHECK(begin + 1000 <= pool.region()->data() + pool.region()->size());
  bool is_full = false;
  try {
    pool.blocks()->allocate(64 << 10);
  } catch (const Error& error) {
    is_full = error.code == ErrorCode::kNoMemory;
  }
  CHECK(is_full);
}
