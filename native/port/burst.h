#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "dma/pool_cache.h"
#include "port/columns.h"
#include "port/rx_flag.h"

namespace pmd {

/// Optional parts of a burst.
struct BurstOptions {
  bool timestamps = false;  ///< whether the header tells when frames were last received
  ColumnSet columns = 0;    ///< the optional ones
};

/// A list of frames: columns over one block of memory that JavaScript maps too. It belongs to the
/// thread of its cache, and its frames to that cache's pool. JavaScript may write anything into the arrays:
/// each entry is read once and checked.
///
/// A frame longer than a buffer takes consecutive entries, a chain: all but its last carry rx_flag::kMore.
/// They are looked at only where the header says that there may be chains, so that what is left of received
/// frames chains none.
class Burst {
 public:
  static constexpr uint32_t kMaxCapacity = PoolCache::kMaxBulk;

  /// The begin of the block; the columns follow.
  struct Header {
    uint32_t count;
    uint32_t chains;      ///< not 0: there may be chains
    double timestamp_ns;  ///< CLOCK_MONOTONIC, when frames were last appended; a double because JavaScript
                          ///< reads it cheaply
    // For a WebAssembly program, in whose memory the pool is: addresses there. Written once, not read here.
    uint32_t capacity;
    uint32_t stride;                    ///< bytes from one buffer to the next
    uint32_t frames;                    ///< the first buffer
    uint32_t columns[kColumns.size()];  ///< where each begins; 0: the burst has no such column
  };
  static_assert(sizeof(Header) == 64);
  static constexpr size_t block_size(uint32_t capacity, ColumnSet optional = 0) {
    return sizeof(Header) + column_at(kColumns.size(), capacity, optional);
  }
  /// A block of zeros from the heap. Throws std::bad_alloc.
  static std::shared_ptr<void> make_block(uint32_t capacity, ColumnSet optional);

  /// `capacity` is 1 to kMaxCapacity. The block is memory from make_block(), or like it.
  Burst(uint32_t capacity, PoolCache& cache, const BurstOptions& options, std::shared_ptr<void> block);
  explicit Burst(uint32_t capacity, PoolCache& cache, const BurstOptions& options = {})
      : Burst(capacity, cache, options, make_block(capacity, options.columns)) {}
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  uint32_t capacity() const noexcept { return capacity_; }
  /// Never more than the capacity. Read once in a call, and what was read passed on: JavaScript, on another
  /// thread even, may write to it at any moment.
  uint32_t count() const noexcept {
    return std::min(__atomic_load_n(&header_->count, __ATOMIC_RELAXED), capacity_);
  }
  void set_count(uint32_t count) noexcept { __atomic_store_n(&header_->count, count, __ATOMIC_RELAXED); }
  bool has_chains() const noexcept { return __atomic_load_n(&header_->chains, __ATOMIC_RELAXED) != 0; }
  void set_has_chains(bool has) noexcept { __atomic_store_n(&header_->chains, has, __ATOMIC_RELAXED); }

  /// Tells programs where everything is, in a memory that has the block and the pool's first buffer there.
  void locate(uint32_t block_address, uint32_t frames_address) noexcept;
  /// Whether received frames are to be described() once they are appended: reading the clock takes as long as
  /// some frames do.
  bool wants_more() const noexcept { return wants_more_; }
  /// Fills in what the burst was made to have, of the frames from entry `first` to `end`.
  void describe(uint32_t first, uint32_t end) noexcept;
  /// Whether frames to be sent may carry requests.
  bool has_requests() const noexcept { return has_requests_; }

  uint32_t* index() const noexcept { return index_; }
  uint32_t* status() const noexcept { return status_; }
  uint16_t* length() const noexcept { return length_; }
  uint16_t* offset() const noexcept { return offset_; }
  // Null where the burst was made without.
  uint64_t* timestamp() const noexcept { return timestamp_; }
  uint32_t* hash() const noexcept { return hash_; }
  uint32_t* tx_request() const noexcept { return tx_request_; }
  uint32_t* verdict() const noexcept { return verdict_; }
  uint16_t* segment_size() const noexcept { return segment_size_; }

  /// Entries of the frame that begins at entry `i` of `count`, where there may be chains.
  uint32_t chain_length(uint32_t i, uint32_t count) const noexcept {
    uint32_t n = 1;
    while (i + n < count && goes_on_after(i + n - 1)) ++n;
    return n;
  }
  /// Whether the frame of an entry goes on in the next one.
  bool goes_on_after(uint32_t i) const noexcept {
    return __atomic_load_n(&status_[i], __ATOMIC_RELAXED) & rx_flag::kMore;
  }

  PoolCache& cache() const noexcept { return cache_; }
  const std::shared_ptr<void>& block() const noexcept { return block_; }

  /// Exchanges two entries.
  void swap(uint32_t a, uint32_t b) noexcept;
  /// Drops the first `n` of `count` entries, whose buffers went elsewhere, and moves the rest to the front.
  void drop_front(uint32_t n, uint32_t count) noexcept {
    if (n < count)
      close_gap(0, n, count);
    else
      set_count(0);
  }
  /// Drops the entries from `first` to `end` of `count`, whose buffers went elsewhere.
  void close_gap(uint32_t first, uint32_t end, uint32_t count) noexcept;
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
  template <typename Element>
  Element* column(Column column, ColumnSet optional) noexcept;

  const uint32_t capacity_;
  const ColumnSet columns_;
  const bool timestamps_;
  const bool wants_more_;
  const bool has_requests_;
  PoolCache& cache_;
  const std::shared_ptr<void> block_;
  Header* const header_;
  uint32_t* const index_;
  uint32_t* const status_;
  uint16_t* const length_;
  uint16_t* const offset_;
  uint64_t* const timestamp_;
  uint32_t* const hash_;
  uint32_t* const tx_request_;
  uint32_t* const verdict_;
  uint16_t* const segment_size_;
};

}  // namespace pmd
