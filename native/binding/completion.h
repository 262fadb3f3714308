#pragma once

#include <exception>
#include <utility>

#include "binding/bridge.h"
#include "binding/js_callback.h"

namespace pmd::binding {

/// The end of a call that takes its time: `(error, value) => void`, called once on the JavaScript thread.
/// Keeps the event loop alive until then, and no thread waiting.
class Completion {
 public:
  Completion(EnvData& env, napi_value callback) : callback_(env, callback) { env.events->hold(); }

  /// Any thread. `make_value` is called on the JavaScript thread, unless the call has failed.
  template <typename MakeValue>
  void settle(std::exception_ptr failure, MakeValue make_value) const {
    callback_.post([failure, make_value](Js js) { return outcome(js, failure, make_value); });
  }
  void settle(std::exception_ptr failure = nullptr) const {
    settle(std::move(failure), [](Js js) { return js.undefined(); });
  }
  /// The same now, on the JavaScript thread and within a callback scope.
  template <typename MakeValue>
  void settle_here(Js js, std::exception_ptr failure, MakeValue make_value) const {
    callback_.call(js, outcome(js, std::move(failure), make_value));
  }

 private:
  template <typename MakeValue>
  static std::vector<napi_value> outcome(Js js, std::exception_ptr failure, MakeValue make_value) {
    EnvData::of(js.env()).events->let_go();
    napi_value value = js.undefined();
    if (!failure) {
      try {
        value = make_value(js);
      } catch (const Stopped&) {
        throw;
      } catch (...) {
        failure = std::current_exception();
      }
    }
    return {failure ? error_record(js, failure) : js.undefined(), value};
  }

  JsCallback callback_;
};

}  // namespace pmd::binding
