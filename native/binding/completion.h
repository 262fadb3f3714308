#pragma once

#include <napi.h>

#include <exception>

#include "binding/js_callback.h"
#include "binding/js_error.h"

namespace pmd::binding {

/// The end of a call that takes its time: `(error, value) => void`, called once on the JavaScript thread.
/// Keeps the event loop alive until then, and no thread waiting.
class Completion {
 public:
  explicit Completion(const Napi::Value& callback) : callback_(callback.As<Napi::Function>()) {
    EnvData::of(callback.Env()).events->hold();
  }

  /// Any thread. `make_value` is called on the JavaScript thread, unless the call has failed.
  template <typename MakeValue>
  void settle(std::exception_ptr failure, MakeValue make_value) const {
    callback_.post([failure, make_value](Napi::Env env) -> std::vector<napi_value> {
      EnvData::of(env).events->let_go();
      if (failure) return {to_js_error(env, failure)};
      return {env.Undefined(), make_value(env)};
    });
  }
  void settle(std::exception_ptr failure = nullptr) const {
    settle(failure, [](Napi::Env env) { return env.Undefined(); });
  }

 private:
  JsCallback callback_;
};

}  // namespace pmd::binding
