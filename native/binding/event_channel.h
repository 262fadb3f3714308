#pragma once

#include <node_api.h>
#include <uv.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "binding/js.h"

namespace pmd::binding {

/// Brings work from other threads to one environment's JavaScript thread. It does not keep the event loop
/// alive unless held, and outlives the environment: what is posted after its end is dropped.
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

  /// Keep the event loop alive, and no longer. On the JavaScript thread; they nest.
  void hold();
  void let_go();

 private:
  explicit EventChannel(napi_env env) : env_(env) {}
  void run();
  void run(const Job& job) const noexcept;
  void close(napi_async_cleanup_hook_handle hook);

  napi_env env_;
  uv_async_t* async_ = nullptr;  ///< freed by libuv's close callback
  unsigned holds_ = 0;
  std::mutex mutex_;  ///< guards what follows, and async_ against its end
  bool closed_ = false;
  std::vector<Job> jobs_;
};

}  // namespace pmd::binding
