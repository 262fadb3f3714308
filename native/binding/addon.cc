#include "binding/addon.h"

#include "binding/attachment.h"
#include "binding/env_data.h"
#include "binding/js_error.h"
#include "binding/pools.h"
#include "binding/ports.h"
#include "util/clock.h"
#include "util/cpu_affinity.h"

// The addon: a table of functions over numbers that name pools and ports. No native object is wrapped in a
// JavaScript one, so there is nothing that could be unwrapped from the wrong object.

#ifndef PMD_SOURCES_HASH
#error "the build must define PMD_SOURCES_HASH (see native/build.json)"
#endif

namespace pmd::binding {

namespace {

/// What the build knows of itself: the gyp and the CMake build must agree on it.
Napi::Value build_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result["sourcesHash"] = PMD_SOURCES_HASH;
  result["napiVersion"] = Napi::Number::New(env, NAPI_VERSION);
  result["cplusplus"] = Napi::Number::New(env, static_cast<double>(__cplusplus));
#ifdef NDEBUG
  result["assertions"] = false;
#else
  result["assertions"] = true;
#endif
#ifdef __OPTIMIZE__
  result["optimized"] = true;
#else
  result["optimized"] = false;
#endif
#ifdef __GXX_RTTI
  result["rtti"] = true;
#else
  result["rtti"] = false;
#endif
  return result;
}

/// errorCodes() -> [name, summary][]: for the documentation and its tests
Napi::Value error_codes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    Napi::Array entry = Napi::Array::New(env, 2);
    entry[0u] = std::string(error_name(static_cast<ErrorCode>(code)));
    entry[1u] = std::string(error_summary(static_cast<ErrorCode>(code)));
    list[static_cast<uint32_t>(code)] = entry;
  }
  return list;
}

/// readClock(): CLOCK_MONOTONIC into the call block. A number that is returned would be garbage.
napi_value read_clock(napi_env env, napi_callback_info info) {
  EnvData::of_call(env, info).call.reading = static_cast<double>(monotonic_ns());
  return nullptr;
}

/// readCycles(): the cycle counter into the call block, exact to 2^53.
napi_value read_cycles(napi_env env, napi_callback_info info) {
  EnvData::of_call(env, info).call.reading = static_cast<double>(cycle_count());
  return nullptr;
}

/// pinThread(cpu)
Napi::Value pin_thread(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    pmd::pin_thread(info[0].As<Napi::Number>().Uint32Value());
    return info.Env().Undefined();
  });
}

Napi::Value set_error_factory(const Napi::CallbackInfo& info) {
  EnvData::of(info.Env()).error_factory = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

void define_raw(Napi::Env env, Napi::Object exports, const char* name, napi_callback callback, void* data) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function) != napi_ok)
    throw Napi::Error::New(env);
  exports[name] = Napi::Value(env, function);
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* data = new EnvData(env);
  env.SetInstanceData<EnvData>(data);
  const auto define = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports[name] = Napi::Function::New(env, function, name);
  };
  define("buildInfo", build_info);
  define("errorCodes", error_codes);
  define("setErrorFactory", set_error_factory);
  define("pinThread", pin_thread);
  define("createPool", create_pool);
  define("attachPool", attach_pool);
  define("closePool", close_pool);
  define("retirePool", retire_pool);
  define("poolUsage", pool_usage);
  define("createBurst", create_burst);
  define("openPort", open_port);
  define("closePort", close_port);
  define("forgetPort", forget_port);
  define("closeOwnPorts", close_own_ports);
  define("portSnapshot", port_snapshot);
  define("refreshPort", refresh_port);
  define("portRequest", port_request);
  define("dumpRegisters", dump_registers);
  define("injectFault", inject_fault);
  define("attachRx", attach_rx);
  define("attachTx", attach_tx);
  define_raw(env, exports, "receive", receive, data);
  define_raw(env, exports, "send", send, data);
  define_raw(env, exports, "exchange", exchange, data);
  define_raw(env, exports, "reclaim", reclaim, data);
  define_raw(env, exports, "releaseBurst", release_burst, data);
  define_raw(env, exports, "allocateFrames", allocate_frames, data);
  define_raw(env, exports, "readClock", read_clock, data);
  define_raw(env, exports, "readCycles", read_cycles, data);
  exports["callBlock"] = Napi::ArrayBuffer::New(env, &data->call, sizeof(data->call));
  return exports;
}

}  // namespace pmd::binding
