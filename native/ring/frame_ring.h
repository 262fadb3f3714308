#pragma once

#include <atomic>
#include <string>

#include "dma/packet_pool.h"
#include "port/queue_owner.h"

namespace pmd {

/// Whether one thread at a time uses an end of a ring, or any number of them.
enum class RingUsers : uint8_t { kSingle, kMulti };

struct RingOptions {
  uint32_t capacity = 1024;  ///< entries: a power of two, kMinCapacity to kMaxCapacity
  RingUsers producers = RingUsers::kSingle;
  RingUsers consumers = RingUsers::kSingle;
};

/// Passes frames of one pool between threads, in order: a TX queue for those who send and an RX queue for
/// those who receive. Buffers change hands in bulk: in the ring they are nobody's, so that a thread that ends
/// leaves its frames there to others. Nothing in here is seen by JavaScript.
class FrameRing : public QueueOwner, public BufferHolder {
 public:
  static constexpr uint32_t kMinCapacity = 2;
  static constexpr uint32_t kMaxCapacity = PacketPool::kMaxBuffers;

  /// Throws Error(kInvalidArgument), std::bad_alloc.
  FrameRing(std::string name, std::shared_ptr<PacketPool> pool, const RingOptions& options);
  ~FrameRing() override;

  /// Ends it, in whatever thread its ends are used: they are refused with kClosed from here on. Frames in it
  /// go back to the pool. Idempotent; waits for a burst that is under way.
  void close() noexcept;
  bool closed() const noexcept { return closed_.load(); }
  uint32_t capacity() const noexcept { return capacity_; }
  /// Entries that wait, of now.
  uint32_t held() const noexcept override;

  const std::string& name() const noexcept override { return name_; }
  const std::shared_ptr<PacketPool>& pool() const noexcept override { return pool_; }
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override { return {&rx_, 1}; }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override { return {&tx_, 1}; }
  bool arm(RxQueue& queue) noexcept override { return queue.arm(); }

 private:
  const std::string name_;
  const std::shared_ptr<PacketPool> pool_;
  const uint32_t capacity_;
  const std::shared_ptr<struct RingSlots> slots_;
  const std::unique_ptr<RxQueue> rx_;
  const std::unique_ptr<TxQueue> tx_;
  std::atomic<bool> closed_{false};
};

}  // namespace pmd
