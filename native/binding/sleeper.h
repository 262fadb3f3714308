#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "binding/event_channel.h"
#include "binding/js.h"
#include "port/queue_owner.h"

namespace pmd::binding {

/// Readers of an RX queue that sleep in one environment until it may have frames. Its event loop watches the
/// queue's wait source itself: through another thread the news would take two changes of thread. The control
/// thread wakes the readers for all else that they wait for. On the JavaScript thread.
class Sleeper {
 public:
  Sleeper(napi_env env, std::shared_ptr<EventChannel> events, std::shared_ptr<QueueOwner> owner,
          RxQueue& queue);
  ~Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  /// Calls back, once, when frames may have come: never within this call. Does not keep the event loop alive.
  /// Unless the environment `owns` the queue, that is at the next turn. The callback takes the place of one
  /// that still waits.
  void sleep(napi_value callback, bool owns);
  /// Nobody sleeps any more: no call follows until the next sleep().
  void cancel() noexcept;
  /// The environment gives the queue up: its events are another's. Whoever sleeps finds out by himself.
  void stop() noexcept;

 private:
  /// Other threads may still hold this when the sleeper has ended.
  struct Shared : std::enable_shared_from_this<Shared> {
    explicit Shared(std::shared_ptr<EventChannel> channel) : events(std::move(channel)) {}
    void wake_soon();

    const std::shared_ptr<EventChannel> events;
    std::atomic<bool> asleep{false};
    Sleeper* sleeper = nullptr;  ///< of the JavaScript thread
  };

  void watch();
  void wake(Js js);

  const napi_env env_;
  const std::shared_ptr<QueueOwner> owner_;
  RxQueue& queue_;
  const std::shared_ptr<Shared> shared_;
  Reference callback_;  ///< while somebody sleeps
  EventChannel::Watch watch_ = 0;
};

}  // namespace pmd::binding
