#include "binding/event_channel.h"

#include <utility>

#include "util/error.h"

namespace pmd::binding {

namespace {

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

/// libuv's handle. It keeps the channel alive until it is closed.
struct EventChannel::Async {
  uv_async_t handle;
  std::shared_ptr<EventChannel> channel;
};

/// libuv's handle for a descriptor that is watched. The descriptor is closed after the handle.
struct EventChannel::Poll {
  uv_poll_t handle;
  std::shared_ptr<EventChannel> channel;
  UniqueFd fd;
  OnReadable on_readable;
};

namespace {

template <typename Handle>
uv_handle_t* base_of(Handle& handle) noexcept {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

uv_loop_t* loop_of(napi_env env) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) == napi_ok) return loop;
  throw Error(ErrorCode::kInternal, "there is no event loop");
}

}  // namespace

std::shared_ptr<EventChannel> EventChannel::open(napi_env env) {
  const std::shared_ptr<EventChannel> channel(new EventChannel(env));
  auto async = std::make_unique<Async>(Async{.handle = {}, .channel = channel});
  async->handle.data = async.get();
  if (uv_async_init(loop_of(env), &async->handle,
                    [](uv_async_t* handle) { static_cast<Async*>(handle->data)->channel->run(); }) != 0)
    throw Error(ErrorCode::kInternal, "cannot attach to the event loop");
  uv_unref(base_of(async->handle));
  channel->async_ = async.release();
  ++channel->open_handles_;
  // Asynchronous: the environment, and this code, must stay until libuv has let go of the handles.
  napi_add_async_cleanup_hook(
      env,
      [](napi_async_cleanup_hook_handle hook, void* data) { static_cast<EventChannel*>(data)->close(hook); },
      channel.get(), nullptr);
  return channel;
}

EventChannel::Watch EventChannel::watch(UniqueFd fd, OnReadable on_readable) {
  if (async_ == nullptr) return 0;
  auto poll = std::make_unique<Poll>(Poll{.handle = {},
                                          .channel = shared_from_this(),
                                          .fd = std::move(fd),
                                          .on_readable = std::move(on_readable)});
  poll->handle.data = poll.get();
  if (uv_poll_init(loop_of(env_), &poll->handle, poll->fd.get()) != 0)
    throw Error(ErrorCode::kInternal, "the event loop cannot watch a descriptor", "please report it");
  uv_unref(base_of(poll->handle));
  uv_poll_start(&poll->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
    const auto& poll = *static_cast<Poll*>(handle->data);
    poll.channel->run([&poll](Js js) { poll.on_readable(js, poll.fd.get()); });
  });
  ++open_handles_;
  polls_.emplace(++last_watch_, poll.release());
  return last_watch_;
}

void EventChannel::unwatch(Watch watch) noexcept {
  const auto found = polls_.find(watch);
  if (found == polls_.end()) return;
  Poll* const poll = found->second;
  polls_.erase(found);
  uv_close(base_of(poll->handle), [](uv_handle_t* closed) {
    const std::unique_ptr<Poll> owned(static_cast<Poll*>(closed->data));
    owned->channel->handle_closed();
  });
}

void EventChannel::post(Job job) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  jobs_.push_back(std::move(job));
  uv_async_send(&async_->handle);
}

void EventChannel::hold() {
  if (holds_++ == 0 && async_ != nullptr) uv_ref(base_of(async_->handle));
}

void EventChannel::let_go() {
  if (--holds_ == 0 && async_ != nullptr) uv_unref(base_of(async_->handle));
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
  hook_ = hook;
  while (!polls_.empty()) unwatch(polls_.begin()->first);
  Async* async;
  std::vector<Job> dropped;  // destroyed outside the lock: what a job holds may post when it goes
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(jobs_);
    async = std::exchange(async_, nullptr);
  }
  uv_close(base_of(async->handle), [](uv_handle_t* closed) {
    const std::unique_ptr<Async> owned(static_cast<Async*>(closed->data));
    owned->channel->handle_closed();
  });
}

/// The environment may go once the last handle has.
void EventChannel::handle_closed() noexcept {
  if (--open_handles_ == 0) napi_remove_async_cleanup_hook(hook_);
}

}  // namespace pmd::binding
