#include "binding/js_error.h"

#include <new>

#include "binding/env_data.h"

namespace pmd::binding {

namespace {

Napi::Value make(Napi::Env env, const Error& error) {
  const Napi::Function factory = EnvData::of(env).error_factory.Value();
  const auto text_or_undefined = [&](const std::string& text) -> Napi::Value {
    return text.empty() ? env.Undefined() : Napi::String::New(env, text);
  };
  return factory.Call({Napi::String::New(env, std::string(error_name(error.code))),
                       Napi::String::New(env, error.what()), text_or_undefined(error.hint),
                       text_or_undefined(error.address),
                       error.sys_errno == 0 ? env.Undefined() : Napi::Number::New(env, error.sys_errno),
                       text_or_undefined(error.syscall)});
}

}  // namespace

Napi::Value to_js_error(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return make(env, error);
  } catch (const std::bad_alloc&) {
    return make(env,
                Error(ErrorCode::kNoMemory, "out of memory", "close what is not needed, or ask for less"));
  } catch (const std::exception& error) {
    return make(env, Error(ErrorCode::kInternal, error.what()));
  }
}

}  // namespace pmd::binding
