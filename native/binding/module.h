#pragma once

#include <node_api.h>

#include <exception>

#include "binding/js.h"

namespace pmd::binding {

/// Fills the exports by `initialize`, and has `require` throw what it throws.
inline napi_value load(napi_env env, napi_value exports, void (*initialize)(napi_env, napi_value)) noexcept {
  try {
    initialize(env, exports);
    return exports;
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  } catch (const Stopped&) {
  }
  return nullptr;
}

}  // namespace pmd::binding
