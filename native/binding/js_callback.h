#pragma once

#include <napi.h>

#include <memory>

#include "binding/event_channel.h"

namespace pmd::binding {

/// A JavaScript function that other threads may hold copies of. It is called, and let go, on its own thread.
class JsCallback {
 public:
  JsCallback(const Napi::Function& function, std::shared_ptr<EventChannel> events)
      : events_(events),
        function_(
            new Napi::FunctionReference(Napi::Persistent(function)),
            [events](Napi::FunctionReference* gone) { events->post([gone](Napi::Env) { delete gone; }); }) {}

  /// Calls the function with what `arguments` makes, on the JavaScript thread. Any thread.
  template <typename MakeArguments>
  void post(MakeArguments arguments) const {
    events_->post([function = function_, arguments](Napi::Env env) {
      function->MakeCallback(env.Global(), arguments(env));
    });
  }

 private:
  std::shared_ptr<EventChannel> events_;
  std::shared_ptr<Napi::FunctionReference> function_;
};

}  // namespace pmd::binding
