#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "dma/pool_cache.h"

namespace pmd {

/// What a received frame's status word says (nic-neutral; bits 31:16 are the VLAN TCI when kVlan is set). A
/// checksum of which neither "good" nor "bad" is said was not checked.
namespace rx_flag {
inline constexpr uint32_t kVlan = 1u << 0;  ///< a VLAN tag was stripped into bits 31:16
inline constexpr uint32_t kIpGood = 1u << 1;
inline constexpr uint32_t kIpBad = 1u << 2;
inline constexpr uint32_t kL4Good = 1u << 3;
inline constexpr uint32_t kL4Bad = 1u << 4;
inline constexpr uint32_t kLoopback = 1u << 5;  ///< sent by another function of the same NIC
inline constexpr uint32_t kIpv4 = 1u << 8;
inline constexpr uint32_t kIpv6 = 1u << 9;
inline constexpr uint32_t kTcp = 1u << 10;
inline constexpr uint32_t kUdp = 1u << 11;
inline constexpr uint32_t kSctp = 1u << 12;
inline constexpr uint32_t kAll =
    kVlan | kIpGood | kIpBad | kL4Good | kL4Bad | kLoopback | kIpv4 | kIpv6 | kTcp | kUdp | kSctp;
inline constexpr unsigned kTciShift = 16;
}  // namespace rx_flag

/// A list of frames: parallel arrays over one block of memory that JavaScript maps too. It belongs to the
/// thread of its cache, and its frames to that cache's pool. JavaScript may write anything into the arrays:
/// each entry is read once and checked.
class Burst {
 public:
  static constexpr uint32_t kMaxCapacity = PoolCache::kMaxBulk;

  /// The block: this header, then index[], status[] (uint32 each), length[], offset[] (uint16 each).
  struct Header {
    uint32_t count;
    uint32_t reserved;
    double timestamp_ns;  ///< CLOCK_MONOTONIC, when frames were last appended; a double because JavaScript
                          ///< reads it cheaply
    uint8_t padding[48];
  };
  static_assert(sizeof(Header) == 64);
  static constexpr size_t block_size(uint32_t capacity) { return sizeof(Header) + size_t{capacity} * 12; }
  /// A block of zeros from the heap. Throws std::bad_alloc.
  static std::shared_ptr<void> make_block(uint32_t capacity);

  /// `capacity` is 1 to kMaxCapacity. The block is memory from make_block(), or like it.
  Burst(uint32_t capacity, PoolCache& cache, bool timestamps, std::shared_ptr<void> block)
      : capacity_(capacity), timestamps_(timestamps), cache_(cache), block_(std::move(block)) {
    header_ = static_cast<Header*>(block_.get());
    index_ = reinterpret_cast<uint32_t*>(header_ + 1);
    status_ = index_ + capacity;
    length_ = reinterpret_cast<uint16_t*>(status_ + capacity);
    offset_ = length_ + capacity;
  }
  explicit Burst(uint32_t capacity, PoolCache& cache, bool timestamps = false)
      : Burst(capacity, cache, timestamps, make_block(capacity)) {}
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  uint32_t capacity() const noexcept { return capacity_; }
  /// Never more than the capacity. Read once in a call, and what was read passed on: JavaScript, on another
  /// thread even, may write to it at any moment.
  uint32_t count() const noexcept {
    return std::min(__atomic_load_n(&header_->count, __ATOMIC_RELAXED), capacity_);
  }
  void set_count(uint32_t count) noexcept { __atomic_store_n(&header_->count, count, __ATOMIC_RELAXED); }
  /// Whether whoever appends received frames says when. Reading the clock takes as long as some frames do.
  bool timestamps() const noexcept { return timestamps_; }
  void set_timestamp(uint64_t ns) noexcept { header_->timestamp_ns = static_cast<double>(ns); }

  uint32_t* index() const noexcept { return index_; }
  uint32_t* status() const noexcept { return status_; }
  uint16_t* length() const noexcept { return length_; }
  uint16_t* offset() const noexcept { return offset_; }

  PoolCache& cache() const noexcept { return cache_; }
  const std::shared_ptr<void>& block() const noexcept { return block_; }

  /// Of `count` entries, drops the first `n`, whose buffers went elsewhere, and moves the rest to the front.
  void drop_front(uint32_t n, uint32_t count) noexcept {
    if (const uint32_t rest = count - n; rest > 0)
      move_to_front(n, rest);
    else
      set_count(0);
  }
  /// Gives the frames from entry `first` to `count` back to the pool. Returns kNoEntry, or the first entry
  /// that is not this thread's to give; then nothing was released.
  uint32_t release(uint32_t first, uint32_t count) noexcept;
  uint32_t release() noexcept { return release(0, count()); }
  /// Gives back every frame that is this thread's to give, whatever else the entries say: for a burst that
  /// nobody can reach any more.
  void abandon() noexcept;
  /// Appends up to `wanted` empty frames (length 0, default headroom) to be filled and sent; returns how
  /// many.
  uint32_t allocate(uint32_t wanted) noexcept;

  static constexpr uint32_t kNoEntry = UINT32_MAX;

 private:
  void move_to_front(uint32_t n, uint32_t rest) noexcept;

  const uint32_t capacity_;
  const bool timestamps_;
  PoolCache& cache_;
  const std::shared_ptr<void> block_;
  Header* header_;
  uint32_t* index_;
  uint32_t* status_;
  uint16_t* length_;
  uint16_t* offset_;
};

}  // namespace pmd
