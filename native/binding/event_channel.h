#pragma once

#include <node_api.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "binding/js.h"
#include "util/unique_fd.h"

namespace pmd::binding {

/// Brings work from other threads, and news of descriptors, to one environment's JavaScript thread. It does
/// not keep the event loop alive unless held, and outlives the environment: what is posted after its end is
/// dropped.
///
/// The only user of libuv. (A ThreadSafeFunction would do, but it is not safe to call while its environment
/// ends.)
class EventChannel : public std::enable_shared_from_this<EventChannel> {
 public:
  static std::shared_ptr<EventChannel> open(napi_env env);
  ~EventChannel() = default;
  EventChannel(const EventChannel&) = delete;
  EventChannel& operator=(const EventChannel&) = delete;

  using Job = std::function<void(Js)>;
  /// Any thread. The job runs in a handle scope; what a function that it calls throws is an uncaught
  /// exception.
  void post(Job job);

  /// A descriptor that is watched; 0: none.
  using Watch = uint64_t;
  using OnReadable = std::function<void(Js, int fd)>;
  /// Calls back, in a handle scope, at each turn of the event loop in which the descriptor is readable. On
  /// the JavaScript thread. Throws Error(kInternal).
  Watch watch(UniqueFd fd, OnReadable on_readable);
  /// No call follows. On the JavaScript thread.
  void unwatch(Watch watch) noexcept;

  /// Keep the event loop alive, and no longer. On the JavaScript thread; they nest.
  void hold();
  void let_go();

 private:
  struct Async;
  struct Poll;

  explicit EventChannel(napi_env env) : env_(env) {}
  void run();
  void run(const Job& job) const noexcept;
  void close(napi_async_cleanup_hook_handle hook);
  void handle_closed() noexcept;

  napi_env env_;
  Async* async_ = nullptr;  ///< freed by libuv's close callback
  unsigned holds_ = 0;
  std::map<Watch, Poll*> polls_;  ///< each freed by libuv's close callback
  Watch last_watch_ = 0;
  unsigned open_handles_ = 0;  ///< of libuv
  napi_async_cleanup_hook_handle hook_ = nullptr;
  std::mutex mutex_;  ///< guards what follows, and async_ against its end
  bool closed_ = false;
  std::vector<Job> jobs_;
};

}  // namespace pmd::binding
