#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "dma/block_arena.h"
#include "dma/region.h"
#include "util/poison.h"

namespace pmd {

/// Bytes before the frame that an application may use to prepend headers.
inline constexpr uint32_t kHeadroom = 128;
/// The size classes: bytes for the frame itself, which is what the device is told a buffer holds. The
/// smallest takes a standard frame, the next a page, the last the largest jumbo frame.
inline constexpr std::array<uint32_t, 3> kDataRooms{2048, 4096, 10240};

/// Bytes from one buffer to the next: an odd number of 64-byte cache lines, so that the headers of
/// consecutive buffers do not fall into the same few cache sets.
constexpr uint32_t stride_of(uint32_t data_room) noexcept {
  return ((kHeadroom + data_room + 63) / 64 | 1) * 64;
}

/// Who owns a buffer. One byte each, checked in production: a double release, or a send of a released frame,
/// is an error and not a corruption. Values from kFirstThread on are the threads that use the pool, so a
/// thread can only give away what is its own, and no atomic operation is needed to be sure of it. Where the
/// driver has a buffer (free, or on which ring) is not in its byte, which is written once in each direction.
namespace owner {
inline constexpr uint8_t kDriver = 0;
inline constexpr uint8_t kFirstThread = 1;

/// Relaxed atomics, which cost nothing, because other threads count the bytes for statistics meanwhile.
inline uint8_t load(const uint8_t& byte) noexcept {
  return __atomic_load_n(&byte, __ATOMIC_RELAXED);
}
inline void store(uint8_t& byte, uint8_t value) noexcept {
  __atomic_store_n(&byte, value, __ATOMIC_RELAXED);
}
}  // namespace owner

/// A pool's first byte in the memory of WebAssembly programs that has it, too.
struct MirrorPlace {
  const std::byte* data = nullptr;
  uint32_t address = 0;  ///< in that memory
};

struct PoolOptions {
  uint32_t buffers = 4096;
  uint32_t data_room = kDataRooms.front();  ///< one of kDataRooms
  HugePages huge_pages = HugePages::kTry;
  uint32_t block_room = 0;  ///< bytes behind the buffers, for blocks of bursts
  std::optional<MirrorPlace> mirror = std::nullopt;
};

/// How many buffers a ring has, for PacketPool::usage(). One thread writes it.
struct RingHolding {
  enum class Kind : uint8_t { kRx, kTx };
  explicit RingHolding(Kind of) : kind(of) {}
  const Kind kind;
  void set(uint32_t count) noexcept { buffers.store(count, std::memory_order_relaxed); }
  void add(uint32_t count) noexcept { set(get() + count); }
  void subtract(uint32_t count) noexcept { set(get() - count); }
  uint32_t get() const noexcept { return buffers.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint32_t> buffers{0};
};

/// Holds buffers that PacketPool::usage() counts as the application's. Any thread may call it.
class BufferHolder {
 public:
  virtual uint32_t held() const noexcept = 0;

 protected:
  ~BufferHolder() = default;
};

/// Packet memory of the process: equal buffers in one region, known by index. Thread safe; the packet path
/// goes through each thread's PoolCache.
class PacketPool {
 public:
  static constexpr uint32_t kMinBuffers = 64;
  static constexpr uint32_t kMaxBuffers = 1u << 20;
  /// The most buffers of a size class: rings compute positions in 32 bits.
  static constexpr uint32_t max_buffers(uint32_t data_room) noexcept {
    return std::min(kMaxBuffers, UINT32_MAX / stride_of(data_room));
  }

  /// Throws Error(kInvalidArgument, kNoMemory).
  PacketPool(const PoolOptions& options, MemorySource& source);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  uint32_t buffers() const noexcept { return buffers_; }
  const std::shared_ptr<Region>& region() const noexcept { return region_; }
  uint32_t data_room() const noexcept { return data_room_; }
  /// Bytes of a buffer that a frame may use: headroom and data room.
  uint32_t buffer_size() const noexcept { return kHeadroom + data_room_; }
  uint32_t stride() const noexcept { return stride_; }
  /// Bytes of all buffers.
  size_t size() const noexcept { return size_t{buffers_} * stride_; }
  std::byte* buffer(uint32_t index) const noexcept { return region_->data() + size_t{index} * stride_; }
  uint8_t* owners() noexcept { return owners_.data(); }
  /// Blocks within the region, behind the buffers; null without room for any. They are zeros once the region
  /// has ended, which must be exposed.
  const std::shared_ptr<BlockArena>& blocks() const noexcept { return blocks_; }
  const std::optional<MirrorPlace>& mirror() const noexcept { return mirror_; }

  /// A free buffer is nobody's to touch, neither the driver's nor an emulated device's.
  void poison(uint32_t index) const noexcept { pmd::poison(buffer(index), stride_); }
  void unpoison(uint32_t index) const noexcept { pmd::unpoison(buffer(index), stride_); }

  /// Takes up to `count` free buffers; returns how many.
  uint32_t take(uint32_t* indices, uint32_t count) noexcept;
  /// Gives back buffers whose owner byte is already kDriver.
  void give(const uint32_t* indices, uint32_t count) noexcept;

  /// Sets aside room for a port's rings and caches. Throws Error(kPoolTooSmall) with the size that would do.
  void reserve(uint32_t buffers);
  void unreserve(uint32_t buffers) noexcept;

  /// Names the calling thread as an owner. Throws Error(kBusy) when too many threads use the pool.
  uint8_t add_thread();
  /// Frees what that thread still owns and forgets it; returns how many buffers that were.
  uint32_t remove_thread(uint8_t id) noexcept;

  struct Usage {
    uint32_t free = 0, rx_rings = 0, tx_rings = 0, application = 0;
  };
  /// Counts owner bytes and asks the rings and holders: exact when the threads are at rest.
  Usage usage() const noexcept;
  void add_ring(const RingHolding& ring);
  void remove_ring(const RingHolding& ring) noexcept;
  void add_holder(const BufferHolder& holder);
  void remove_holder(const BufferHolder& holder) noexcept;

 private:
  const uint32_t data_room_;
  const uint32_t stride_;
  const uint32_t buffers_;
  const std::optional<MirrorPlace> mirror_;
  std::shared_ptr<Region> region_;
  std::shared_ptr<BlockArena> blocks_;
  std::vector<uint8_t> owners_;
  mutable std::mutex mutex_;  // guards the rest
  std::vector<uint32_t> free_;
  uint32_t reserved_ = 0;
  bool threads_[256] = {};
  std::vector<const RingHolding*> rings_;
  std::vector<const BufferHolder*> holders_;
};

/// Calls `make` as a template with the pool's data room, a constant there: for packet paths, where a stride
/// that is no constant costs two instructions a frame.
template <size_t kClass = 0, typename Make>
auto for_size_class(const PacketPool& pool, Make make) {
  if constexpr (kClass + 1 < kDataRooms.size())
    if (pool.data_room() != kDataRooms[kClass]) return for_size_class<kClass + 1>(pool, make);
  return make.template operator()<kDataRooms[kClass]>();
}

}  // namespace pmd
