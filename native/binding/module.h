#pragma once

#include <napi.h>

#include <exception>

#include "binding/js.h"

namespace pmd::binding {

/// Fills the exports by `initialize`, and has `require` throw what it throws.
template <void (*initialize)(napi_env, napi_value)>
Napi::Object load(Napi::Env env, Napi::Object exports) {
  try {
    initialize(env, exports);
    return exports;
  } catch (const std::exception& error) {
    // Not Napi::Error: making one ends the process where the environment stops meanwhile.
    napi_throw_error(env, nullptr, error.what());
  } catch (const Stopped&) {
  }
  return {};
}

}  // namespace pmd::binding
