#pragma once

#include <memory>
#include <vector>

#include "binding/env_data.h"

namespace pmd::binding {

/// A JavaScript function that other threads may hold copies of. It is called, and let go, on its own thread;
/// it belongs to its environment, with which it goes whoever still holds it.
class JsCallback {
 public:
  JsCallback(EnvData& env, napi_value function) : function_(std::make_shared<Function>(env, function)) {}

  /// Calls the function with what `arguments` makes, on the JavaScript thread. Any thread.
  template <typename MakeArguments>
  void post(MakeArguments arguments) const {
    function_->events->post([function = function_, arguments](Js js) {
      const std::vector<napi_value> values = arguments(js);
      napi_value global;
      check(napi_get_global(js.env(), &global));
      check(napi_make_callback(js.env(), nullptr, global, EnvData::of(js.env()).function(function->key),
                               values.size(), values.data(), nullptr));
    });
  }

  /// Calls it now. On the JavaScript thread, from within a callback scope.
  void call(Js js, const std::vector<napi_value>& values) const {
    check(napi_call_function(js.env(), js.undefined(), EnvData::of(js.env()).function(function_->key),
                             values.size(), values.data(), nullptr));
  }

 private:
  /// What the copies share: the last of them has the function dropped.
  struct Function {
    Function(EnvData& env, napi_value function) : events(env.events), key(env.add_function(function)) {}
    ~Function() {
      events->post([key = key](Js js) { EnvData::of(js.env()).remove_function(key); });
    }
    Function(const Function&) = delete;
    Function& operator=(const Function&) = delete;

    const std::shared_ptr<EventChannel> events;
    const uint64_t key;
  };

  std::shared_ptr<const Function> function_;
};

}  // namespace pmd::binding
