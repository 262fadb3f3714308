#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "binding/env_data.h"

namespace pmd::binding {

/// A JavaScript function that other threads may hold copies of. It is called, and let go, on its own thread;
/// it belongs to its environment, with which it goes whoever still holds it.
class JsCallback {
 public:
  explicit JsCallback(const Napi::Function& function)
      : function_(std::make_shared<Function>(EnvData::of(function.Env()), function)) {}

  /// Calls the function with what `arguments` makes, on the JavaScript thread. Any thread.
  template <typename MakeArguments>
  void post(MakeArguments arguments) const {
    function_->events->post([function = function_, arguments](Napi::Env env) {
      EnvData::of(env).function(function->key).MakeCallback(env.Global(), arguments(env));
    });
  }

 private:
  /// What the copies share: the last of them has the function dropped.
  struct Function {
    Function(EnvData& data, const Napi::Function& function)
        : events(data.events), key(data.add_function(function)) {}
    ~Function() {
      events->post([key = key](Napi::Env env) { EnvData::of(env).remove_function(key); });
    }
    Function(const Function&) = delete;
    Function& operator=(const Function&) = delete;

    const std::shared_ptr<EventChannel> events;
    const uint64_t key;
  };

  std::shared_ptr<const Function> function_;
};

}  // namespace pmd::binding
