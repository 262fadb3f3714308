#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "binding/js_error.h"

namespace pmd::binding {

/// Runs `work` on a thread of libuv's pool and settles a promise with what `settle` makes of its result, back
/// on the JavaScript thread; whatever either throws rejects it. Node waits for it when the environment ends.
template <typename Result>
class AsyncOp final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result()>;
  using Settle = std::function<Napi::Value(Napi::Env, Result&)>;

  static Napi::Value start(Napi::Env env, Work work, Settle settle) {
    auto* op = new AsyncOp(env, std::move(work), std::move(settle));
    const Napi::Promise promise = op->deferred_.Promise();
    op->Queue();
    return promise;
  }

 private:
  AsyncOp(Napi::Env env, Work work, Settle settle)
      : Napi::AsyncWorker(env), work_(std::move(work)), settle_(std::move(settle)), deferred_(env) {}

  void Execute() override {
    try {
      result_.emplace(work_());
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  void OnOK() override {
    if (!failure_) {
      try {
        deferred_.Resolve(settle_(Env(), *result_));
        return;
      } catch (const Napi::Error& error) {
        deferred_.Reject(error.Value());
        return;
      } catch (...) {
        failure_ = std::current_exception();
      }
    }
    deferred_.Reject(to_js_error(Env(), failure_));
  }

  Work work_;
  Settle settle_;
  Napi::Promise::Deferred deferred_;
  std::optional<Result> result_;
  std::exception_ptr failure_;
};

}  // namespace pmd::binding
