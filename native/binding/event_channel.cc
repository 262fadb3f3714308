#include "binding/event_channel.h"

#include "util/error.h"

namespace pmd::binding {

namespace {

/// What libuv holds: the handle, and what keeps the channel alive until it is closed.
struct Handle {
  uv_async_t async;  // first, so that a uv_handle_t* is a Handle*
  std::shared_ptr<EventChannel> channel;
  napi_async_cleanup_hook_handle hook = nullptr;
};

/// A listener threw, and there is nobody else to tell; or the environment is being stopped, and both calls
/// fail.
void report_thrown(napi_env env) noexcept {
  bool thrown = false;
  napi_value error;
  if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
}

}  // namespace

std::shared_ptr<EventChannel> EventChannel::open(napi_env env) {
  const std::shared_ptr<EventChannel> channel(new EventChannel(env));
  uv_loop_t* loop = nullptr;
  auto* handle = new Handle;
  handle->channel = channel;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_async_init(loop, &handle->async,
                    [](uv_async_t* async) { reinterpret_cast<Handle*>(async)->channel->run(); }) != 0) {
    delete handle;
    throw Error(ErrorCode::kInternal, "cannot attach to the event loop");
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle->async));
  channel->async_ = &handle->async;
  // Asynchronous: the environment, and this code, must stay until libuv has let go of the handle.
  napi_add_async_cleanup_hook(
      env,
      [](napi_async_cleanup_hook_handle hook, void* data) { static_cast<EventChannel*>(data)->close(hook); },
      channel.get(), nullptr);
  return channel;
}

void EventChannel::post(Job job) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  jobs_.push_back(std::move(job));
  uv_async_send(async_);
}

void EventChannel::hold() {
  if (holds_++ == 0 && async_ != nullptr) uv_ref(reinterpret_cast<uv_handle_t*>(async_));
}

void EventChannel::let_go() {
  if (--holds_ == 0 && async_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(async_));
}

void EventChannel::run() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
  }
  for (const Job& job : jobs) run(job);
}

void EventChannel::run(const Job& job) const noexcept {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  try {
    job(Js(env_));
  } catch (const Stopped&) {
    report_thrown(env_);
  }
  napi_close_handle_scope(env_, scope);
}

void EventChannel::close(napi_async_cleanup_hook_handle hook) {
  Handle* handle;
  std::vector<Job> dropped;  // destroyed outside the lock: what a job holds may post when it goes
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(jobs_);
    handle = reinterpret_cast<Handle*>(async_);
    async_ = nullptr;
  }
  handle->hook = hook;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle->async), [](uv_handle_t* closed) {
    const std::unique_ptr<Handle> owned(reinterpret_cast<Handle*>(closed));
    napi_remove_async_cleanup_hook(owned->hook);
  });
}

}  // namespace pmd::binding
