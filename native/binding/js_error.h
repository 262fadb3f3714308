#pragma once

#include <napi.h>

#include <exception>

#include "util/error.h"

namespace pmd::binding {

/// The JavaScript PmdError for a C++ exception, made by the factory that src/core/native.ts registers.
Napi::Value to_js_error(Napi::Env env, const std::exception_ptr& failure);

/// Runs `body` and turns whatever it throws into a PmdError in JavaScript. Every control function goes
/// through it.
template <typename Body>
Napi::Value bridge(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    const Napi::Value error = to_js_error(env, std::current_exception());
    napi_throw(env, error);
    return env.Undefined();
  }
}

}  // namespace pmd::binding
