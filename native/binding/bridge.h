#pragma once

#include <exception>

#include "binding/arguments.h"
#include "binding/js.h"

namespace pmd::binding {

class EnvData;

/// One call of a control function.
struct Call {
  Js js;
  EnvData& env;
  Arguments arguments;
};

/// What a control function does. It throws whatever it likes.
using Control = napi_value (*)(Call& call);

/// Calls it and returns to JavaScript `{value}`, or `{error}` with what error_record() makes of what was
/// thrown: TypeScript makes an exception of it. Native code throws none, and so calls no JavaScript: where a
/// program is being terminated, a call would end with nothing, and what Node-API makes of that ends the
/// process.
napi_value run_control(napi_env env, napi_callback_info info, Control body) noexcept;

template <Control body>
napi_value bridge(napi_env env, napi_callback_info info) noexcept {
  return run_control(env, info, body);
}

/// {code, message, hint?, address?, errno?, syscall?} for a C++ exception.
napi_value error_record(Js js, const std::exception_ptr& failure);

}  // namespace pmd::binding
