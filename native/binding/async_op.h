#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "binding/completion.h"

namespace pmd::binding {

/// Runs `work` on a thread of libuv's pool, and `settle` on the JavaScript thread with its result. What they
/// come to, or what either throws, completes the call. Node waits for the thread when the environment ends.
template <typename Result>
class AsyncOp final {
 public:
  using Work = std::function<Result()>;
  using Settle = std::function<napi_value(Js, Result&)>;

  static void start(Js js, const char* name, Completion done, Work work, Settle settle) {
    std::unique_ptr<AsyncOp> op(new AsyncOp(std::move(done), std::move(work), std::move(settle)));
    check(napi_create_async_work(js.env(), nullptr, js.text(name), execute, complete, op.get(), &op->work_));
    if (napi_queue_async_work(js.env(), op->work_) != napi_ok) {
      napi_delete_async_work(js.env(), op->work_);
      throw Stopped{};
    }
    op.release();  // complete() is called whatever happens
  }

 private:
  AsyncOp(Completion done, Work work, Settle settle)
      : done_(std::move(done)), run_(std::move(work)), settle_(std::move(settle)) {}

  static void execute(napi_env, void* data) noexcept {
    auto& self = *static_cast<AsyncOp*>(data);
    try {
      self.result_.emplace(self.run_());
    } catch (...) {
      self.failure_ = std::current_exception();
    }
  }

  static void complete(napi_env env, napi_status status, void* data) noexcept {
    const std::unique_ptr<AsyncOp> self(static_cast<AsyncOp*>(data));
    napi_delete_async_work(env, self->work_);
    if (status == napi_cancelled) return;
    try {
      self->done_.settle_here(Js(env), self->failure_,
                              [&](Js js) { return self->settle_(js, *self->result_); });
    } catch (const Stopped&) {  // nobody is left to hear of it
    }
  }

  Completion done_;
  Work run_;
  Settle settle_;
  napi_async_work work_ = nullptr;
  std::optional<Result> result_;
  std::exception_ptr failure_;
};

}  // namespace pmd::binding
