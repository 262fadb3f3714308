#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dma/packet_pool.h"

namespace pmd {

/// Something that holds finished buffers and can give them back to the thread's cache: a TX queue.
class Reclaimable {
 public:
  virtual ~Reclaimable() = default;
  /// Returns how many buffers came back.
  virtual uint32_t reclaim() noexcept = 0;
};

/// One thread's free buffers of one pool, and the thread's name as an owner. Exchanged with the pool in bulk,
/// so that the pool's lock is taken once in some hundred frames at most, and not at all where what a loop
/// holds varies by less than kKeep / 2.
class PoolCache {
 public:
  /// Buffers that a cache may keep from others; a port's reservation counts them.
  static constexpr uint32_t kKeep = 256;
  /// The most that one call may take or give.
  static constexpr uint32_t kMaxBulk = 1024;

  explicit PoolCache(std::shared_ptr<PacketPool> pool) : pool_(std::move(pool)), id_(pool_->add_thread()) {}
  ~PoolCache() {
    pool_->give(free_.data(), count_);
    pool_->remove_thread(id_);
  }
  PoolCache(const PoolCache&) = delete;
  PoolCache& operator=(const PoolCache&) = delete;

  PacketPool& pool() const noexcept { return *pool_; }
  const std::shared_ptr<PacketPool>& shared_pool() const noexcept { return pool_; }
  uint8_t id() const noexcept { return id_; }

  /// Makes up to `wanted` (<= kMaxBulk) buffers available to pop(); returns how many of them there are.
  uint32_t prepare(uint32_t wanted) noexcept {
    if (count_ < wanted) [[unlikely]]
      refill(wanted);
    return std::min(count_, wanted);
  }
  uint32_t pop() noexcept {
    const uint32_t index = free_[--count_];
    pool_->unpoison(index);
    return index;
  }
  /// pop() for `n` at once.
  const uint32_t* pop_bulk(uint32_t n) noexcept {
    count_ -= n;
    for (uint32_t i = count_; i < count_ + n; ++i) pool_->unpoison(free_[i]);
    return free_.data() + count_;
  }

  /// Takes back a buffer whose owner byte says kDriver. After at most kMaxBulk of them, settle() must follow.
  void push(uint32_t index) noexcept {
    pool_->poison(index);
    free_[count_++] = index;
  }
  /// push() for many: they are written from top() on, and then counted.
  uint32_t* top() noexcept { return free_.data() + count_; }
  void add(uint32_t n) noexcept {
    for (uint32_t i = count_; i < count_ + n; ++i) pool_->poison(free_[i]);
    count_ += n;
  }
  void settle() noexcept {
    if (count_ > kKeep) [[unlikely]]
      spill();
  }

  /// TX queues that this thread uses: asked for their finished buffers when there is time, or need.
  void add_reclaimable(Reclaimable& queue) { reclaimables_.push_back(&queue); }
  void remove_reclaimable(Reclaimable& queue) noexcept { std::erase(reclaimables_, &queue); }
  void reclaim() noexcept {
    for (Reclaimable* queue : reclaimables_) queue->reclaim();
  }

 private:
  void refill(uint32_t wanted) noexcept {
    take(wanted - count_ + kKeep / 2);
    if (count_ >= wanted) return;
    reclaim();  // which may spill, so that the pool has some again
    if (count_ < wanted) take(wanted - count_);
  }
  void take(uint32_t wanted) noexcept {
    const uint32_t taken = pool_->take(free_.data() + count_, wanted);
    for (uint32_t i = count_; i < count_ + taken; ++i) pool_->poison(free_[i]);
    count_ += taken;
  }
  void spill() noexcept {
    const uint32_t extra = count_ - kKeep / 2;
    count_ -= extra;
    pool_->give(free_.data() + count_, extra);
  }

  std::shared_ptr<PacketPool> pool_;
  std::vector<Reclaimable*> reclaimables_;
  uint32_t count_ = 0;
  uint8_t id_;
  std::array<uint32_t, kKeep + 2 * kMaxBulk> free_;
};

}  // namespace pmd
