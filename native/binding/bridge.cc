#include "binding/bridge.h"

#include <new>
#include <string>
#include <vector>

#include "binding/env_data.h"
#include "util/error.h"

namespace pmd::binding {

namespace {

napi_value record(Js js, const Error& error) {
  std::vector<Property> properties{{"code", js.text(error_name(error.code))},
                                   {"message", js.text(error.what())}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) properties.push_back({name, js.text(text)});
  };
  add("hint", error.hint);
  add("address", error.address);
  if (error.sys_errno != 0) properties.push_back({"errno", js.number(error.sys_errno)});
  add("syscall", error.syscall);
  return js.object(properties);
}

}  // namespace

napi_value error_record(Js js, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return record(js, error);
  } catch (const std::bad_alloc&) {
    return record(js,
                  Error(ErrorCode::kNoMemory, "out of memory", "close what is not needed, or ask for less"));
  } catch (const std::exception& error) {
    return record(js, Error(ErrorCode::kInternal, error.what()));
  }
}

napi_value run_control(napi_env env, napi_callback_info info, Control body) noexcept {
  const Js js(env);
  try {
    try {
      const Napi::CallbackInfo arguments(env, info);
      Call call{js, *static_cast<EnvData*>(arguments.Data()), Arguments(arguments)};
      return js.object({{"value", body(call)}});
    } catch (const Stopped&) {
      return nullptr;
    } catch (...) {
      return js.object({{"error", error_record(js, std::current_exception())}});
    }
  } catch (...) {  // no record can be made, because the environment stopped, or there is no memory for one
    return nullptr;
  }
}

}  // namespace pmd::binding
