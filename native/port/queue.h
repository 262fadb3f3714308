#pragma once

#include <fcntl.h>

#include <atomic>
#include <cstdint>

#include "dma/pool_cache.h"
#include "port/burst.h"
#include "port/gate.h"
#include "port/sender.h"
#include "port/wait_list.h"
#include "util/unique_fd.h"

namespace pmd {

/// What a burst call returns instead of a count.
enum class Refusal : int32_t {
  kClosed = -1,        ///< the port was closed
  kRemoved = -2,       ///< the device was taken away
  kPoolMismatch = -3,  ///< the burst belongs to another pool than the queue's thread attached with
  kNotOwner = -4,      ///< an entry's buffer is not this thread's
  kFrameLength = -5,   ///< an entry's frame is too short, too long or leaves its buffer
  kRequest = -6,       ///< what an entry requests can't be done
  kInsideFrame = -7,   ///< an entry lies inside a frame that begins before it
};
constexpr int32_t refuse(Refusal why) noexcept {
  return static_cast<int32_t>(why);
}

/// A counter that one thread advances and any thread reads.
class Counter {
 public:
  void add(uint64_t n) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// What RX and TX queues share: the gate, the thread that owns the queue, and why the gate is shut for good.
class Queue {
 public:
  virtual ~Queue() = default;
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  Gate& gate() noexcept { return gate_; }
  /// From now on bursts are refused for this reason. The control thread holds the gate.
  void shut(Refusal why) noexcept { shut_.store(refuse(why), std::memory_order_relaxed); }

  /// Makes a thread, named by its cache, the queue's owner. False when another thread owns it.
  virtual bool attach(PoolCache& cache) noexcept {
    PoolCache* none = nullptr;
    return cache_.compare_exchange_strong(none, &cache) || none == &cache;
  }
  /// Gives the queue up; called by the owner, or when it is gone.
  virtual void detach(PoolCache& cache) noexcept {
    PoolCache* mine = &cache;
    cache_.compare_exchange_strong(mine, nullptr);
  }

 protected:
  Queue() = default;
  PoolCache* cache() const noexcept { return cache_.load(std::memory_order_relaxed); }
  /// What to return when the gate is shut: nothing for now, or the reason that it is for good.
  int32_t refusal() const noexcept { return shut_.load(std::memory_order_relaxed); }

  Gate gate_;

 private:
  std::atomic<PoolCache*> cache_{nullptr};
  std::atomic<int32_t> shut_{0};
};

/// Receives frames. `receive` is for the owning thread alone.
class RxQueue : public Queue {
 public:
  struct Stats {
    Counter packets, bytes;
    Counter errors;     ///< frames the device marked as damaged
    Counter oversize;   ///< descriptors of frames too long for a buffer, the MTU or the burst
    Counter malformed;  ///< descriptors whose length cannot be: below a header, or above the buffer
    Counter no_buffer;  ///< bursts cut short because the pool had no free buffer; the frames wait on the ring
  };

  /// Appends up to `max` frames to the burst; returns how many, or a Refusal. Never blocks. Whatever the
  /// device reports, send() of a port with the same MTU takes what is appended.
  virtual int32_t receive(Burst& burst, uint32_t max) noexcept = 0;
  const Stats& stats() const noexcept { return stats_; }
  /// Entries that the device has ready to be received; 1 for any number where it tells no more. 0 while the
  /// gate is shut. By the owning thread.
  virtual uint32_t count_ready() noexcept = 0;

  // A reader that is about to sleep arms the wait source, which its thread watches, and takes the event when
  // it comes. The control thread wakes the waiters when the port recovers or is closed, and now and then in
  // case an event was lost.

  /// A descriptor of the caller's own for the wait source: readable once a frame has come after arm(). None
  /// while the gate is shut, or where waiters are woken by the port's periodic check alone. By the owning
  /// thread.
  UniqueFd share_wait_fd() noexcept {
    if (!gate_.try_enter()) return {};
    const GatePass pass(gate_);
    const int fd = wait_fd();
    return fd < 0 ? UniqueFd() : UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }
  /// Asks for one event at the next frame. False, and no event, when a frame is there already. By the owning
  /// thread.
  virtual bool arm() noexcept = 0;
  /// Whether the last frame has come, and the owning thread has asked for more. Never false again.
  virtual bool ended() const noexcept { return false; }
  /// Takes the event from a descriptor that is shared: none follows until arm(). By the owning thread.
  virtual void take_event(int fd) noexcept = 0;
  WaitList& waiters() noexcept { return waiters_; }

 protected:
  /// The wait source. It lives as long as the device; -1: there is none. Call it inside the gate.
  virtual int wait_fd() const noexcept = 0;

  Stats stats_;

 private:
  WaitList waiters_;
};

/// Sends frames to the device. `send` and `reclaim` are for the owning thread alone.
class TxQueue : public Sender, public Queue, public Reclaimable {
 public:
  struct Stats {
    Counter packets, bytes;
    Counter ring_full;  ///< bursts of which something was left over
    Counter unsent;     ///< frames not reported sent when the device was reset or let go
  };

  /// Of a burst that send() has refused, the entry that it was.
  uint32_t bad_entry() const noexcept { return bad_entry_; }
  /// Whether a send would take a frame. Reclaims. By the owning thread.
  virtual bool has_room() noexcept { return true; }
  /// Descriptors that the device has yet to report done, as of the last reclaim.
  virtual uint32_t pending() const noexcept = 0;
  /// Frames that the device has yet to report sent, of now. Inside the gate.
  virtual uint32_t unsent() const noexcept = 0;
  /// The same for the owning thread, or a Refusal; while the gate is shut for now, what keep_unsent() found.
  virtual int32_t count_unsent() noexcept {
    if (!gate_.try_enter()) return refusal() < 0 ? refusal() : kept_unsent_.load(std::memory_order_relaxed);
    const GatePass pass(gate_);
    return static_cast<int32_t>(unsent());
  }
  /// Counts for those who ask while the gate is shut. By the control thread, once it has the gate.
  void keep_unsent() noexcept {
    kept_unsent_.store(static_cast<int32_t>(unsent()), std::memory_order_relaxed);
  }
  const Stats& stats() const noexcept { return stats_; }

  bool attach(PoolCache& cache) noexcept override {
    if (this->cache() == &cache) return true;
    if (!Queue::attach(cache)) return false;
    cache.add_reclaimable(*this);
    return true;
  }
  void detach(PoolCache& cache) noexcept override {
    if (this->cache() == &cache) cache.remove_reclaimable(*this);
    Queue::detach(cache);
  }

 protected:
  Stats stats_;
  uint32_t bad_entry_ = 0;

 private:
  std::atomic<int32_t> kept_unsent_{0};
};

}  // namespace pmd
