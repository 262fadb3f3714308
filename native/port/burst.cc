#include "port/burst.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>

#include "net/flow_hash.h"
#include "util/clock.h"

namespace pmd {

namespace {

constexpr ColumnSet kOfReceivedFrames = set_of(Column::kTimestamp) | set_of(Column::kHash);
constexpr ColumnSet kRequests = set_of(Column::kTxRequest) | set_of(Column::kSegmentSize);

uint64_t epoch_ns() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

Burst::Burst(uint32_t capacity, PoolCache& cache, const BurstOptions& options, std::shared_ptr<void> block)
    : capacity_(capacity),
      columns_(options.columns),
      timestamps_(options.timestamps),
      // A request of the frame before must not be the received frame's.
      wants_more_(options.timestamps || (options.columns & (kOfReceivedFrames | kRequests)) != 0),
      has_requests_((options.columns & kRequests) != 0),
      cache_(cache),
      block_(std::move(block)),
      header_(static_cast<Header*>(block_.get())),
      index_(column<uint32_t>(Column::kIndex, options.columns)),
      status_(column<uint32_t>(Column::kStatus, options.columns)),
      length_(column<uint16_t>(Column::kLength, options.columns)),
      offset_(column<uint16_t>(Column::kOffset, options.columns)),
      timestamp_(column<uint64_t>(Column::kTimestamp, options.columns)),
      hash_(column<uint32_t>(Column::kHash, options.columns)),
      tx_request_(column<uint32_t>(Column::kTxRequest, options.columns)),
      verdict_(column<uint32_t>(Column::kVerdict, options.columns)),
      segment_size_(column<uint16_t>(Column::kSegmentSize, options.columns)) {}

void Burst::locate(uint32_t block_address, uint32_t frames_address) noexcept {
  header_->capacity = capacity_;
  header_->stride = cache_.pool().stride();
  header_->frames = frames_address;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    if (kColumns[i].optional && !(columns_ >> i & 1)) continue;
    const size_t at = sizeof(Header) + column_at(i, capacity_, columns_);
    header_->columns[i] = block_address + static_cast<uint32_t>(at);
  }
}

/// Null of an optional column that was not asked for.
template <typename Element>
Element* Burst::column(Column column, ColumnSet optional) noexcept {
  const auto number = static_cast<size_t>(column);
  if (kColumns[number].optional && !(optional & set_of(column))) return nullptr;
  std::byte* const columns = reinterpret_cast<std::byte*>(header_ + 1);
  return reinterpret_cast<Element*>(columns + column_at(number, capacity_, optional));
}

std::shared_ptr<void> Burst::make_block(uint32_t capacity, ColumnSet optional) {
  const size_t size = (block_size(capacity, optional) + 63) / 64 * 64;
  void* const memory = std::aligned_alloc(64, size);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, size);
  return std::shared_ptr<void>(memory, std::free);
}

void Burst::close_gap(uint32_t first, uint32_t end, uint32_t count) noexcept {
  const uint32_t rest = count - end;
  const auto move = [&](auto* column) {
    if (column != nullptr) std::memmove(column + first, column + end, rest * sizeof(*column));
  };
  move(index_);
  move(status_);
  move(length_);
  move(offset_);
  move(timestamp_);
  move(hash_);
  move(tx_request_);
  move(verdict_);
  move(segment_size_);
  set_count(first + rest);
}

void Burst::swap(uint32_t a, uint32_t b) noexcept {
  const auto exchange = [a, b](auto* column) {
    if (column != nullptr) std::swap(column[a], column[b]);
  };
  exchange(index_);
  exchange(status_);
  exchange(length_);
  exchange(offset_);
  exchange(timestamp_);
  exchange(hash_);
  exchange(tx_request_);
  exchange(verdict_);
}

void Burst::describe(uint32_t first, uint32_t end) noexcept {
  if (timestamps_) header_->timestamp_ns = static_cast<double>(monotonic_ns());
  if (timestamp_ != nullptr) std::fill(timestamp_ + first, timestamp_ + end, epoch_ns());
  if (tx_request_ != nullptr) std::fill(tx_request_ + first, tx_request_ + end, 0);
  if (segment_size_ != nullptr) std::fill(segment_size_ + first, segment_size_ + end, uint16_t{0});
  if (hash_ == nullptr) return;
  const PacketPool& pool = cache_.pool();
  for (uint32_t i = first; i < end; ++i) {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(&offset_[i], __ATOMIC_RELAXED);
    const uint32_t length = __atomic_load_n(&length_[i], __ATOMIC_RELAXED);
    const bool sound = buffer < pool.buffers() && offset + length <= pool.buffer_size();
    hash_[i] = sound ? flow_hash({pool.buffer(buffer) + offset, length}) : 0;
  }
}

uint32_t Burst::release(uint32_t first, uint32_t count) noexcept {
  // In locals: a store through the byte pointer may alias any member.
  PacketPool& pool = cache_.pool();
  uint8_t* const owners = pool.owners();
  const uint32_t buffers = pool.buffers();
  const uint8_t self = cache_.id();
  const uint32_t* const index = index_;
  uint32_t* const freed = cache_.top();
#pragma GCC unroll 4
  for (uint32_t i = first; i < count; ++i) {
    const uint32_t buffer = __atomic_load_n(&index[i], __ATOMIC_RELAXED);
    if (buffer >= buffers || owner::load(owners[buffer]) != self) [[unlikely]] {
      for (uint32_t done = first; done < i; ++done) owner::store(owners[freed[done - first]], self);
      return i;
    }
    owner::store(owners[buffer], owner::kDriver);
    freed[i - first] = buffer;
  }
  if (first < count) cache_.add(count - first);
  cache_.settle();
  set_count(std::min(first, count));
  return kNoEntry;
}

void Burst::abandon() noexcept {
  const PacketPool& pool = cache_.pool();
  uint8_t* const owners = cache_.pool().owners();
  const uint32_t n = count();
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t buffer = __atomic_load_n(&index_[i], __ATOMIC_RELAXED);
    if (buffer >= pool.buffers() || owner::load(owners[buffer]) != cache_.id()) continue;
    owner::store(owners[buffer], owner::kDriver);
    cache_.push(buffer);
  }
  cache_.settle();
  set_count(0);
}

uint32_t Burst::allocate(uint32_t wanted) noexcept {
  const uint32_t first = count();
  const uint32_t n = cache_.prepare(std::min(wanted, capacity_ - first));
  // In locals: a store through the byte pointer may alias any member.
  uint8_t* const owners = cache_.pool().owners();
  const uint8_t self = cache_.id();
  const uint32_t* const free = cache_.pop_bulk(n);
  for (uint32_t i = 0; i < n; ++i) owner::store(owners[free[i]], self);
  std::copy_n(free, n, index_ + first);
  std::fill_n(status_ + first, n, 0);
  std::fill_n(length_ + first, n, uint16_t{0});
  std::fill_n(offset_ + first, n, static_cast<uint16_t>(kHeadroom));
  if (timestamp_ != nullptr) std::fill_n(timestamp_ + first, n, 0);
  if (hash_ != nullptr) std::fill_n(hash_ + first, n, 0);
  if (tx_request_ != nullptr) std::fill_n(tx_request_ + first, n, 0);
  if (verdict_ != nullptr) std::fill_n(verdict_ + first, n, 0);
  if (segment_size_ != nullptr) std::fill_n(segment_size_ + first, n, uint16_t{0});
  if (first == 0) set_has_chains(false);
  set_count(first + n);
  return n;
}

}  // namespace pmd
