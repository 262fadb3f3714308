#include "binding/addon.h"

#include <memory>
#include <string>
#include <vector>

#include "binding/attachment.h"
#include "binding/diagnosis.h"
#include "binding/env_data.h"
#include "binding/file_lock.h"
#include "binding/layout.h"
#include "binding/links.h"
#include "binding/pools.h"
#include "binding/ports.h"
#include "binding/programs.h"
#include "binding/rings.h"
#include "util/clock.h"
#include "util/cpu_affinity.h"

// The addon: a table of functions over numbers that name pools and ports. No native object is wrapped in a
// JavaScript one, so there is nothing that could be unwrapped from the wrong object. Those of `control`
// return {value} or {error}; the others, of the packet path, go through the call block.

#ifndef PMD_SOURCES_HASH
#error "the build must define PMD_SOURCES_HASH (see native/build.json)"
#endif

namespace pmd::binding {

namespace {

/// What the build knows of itself: the gyp and the CMake build must agree on it.
napi_value build_info(Call& call) {
#ifdef NDEBUG
  constexpr bool kAssertions = false;
#else
  constexpr bool kAssertions = true;
#endif
#ifdef __OPTIMIZE__
  constexpr bool kOptimized = true;
#else
  constexpr bool kOptimized = false;
#endif
#ifdef __GXX_RTTI
  constexpr bool kRtti = true;
#else
  constexpr bool kRtti = false;
#endif
  const Js js = call.js;
  return js.object({{"sourcesHash", js.text(PMD_SOURCES_HASH)},
                    {"napiVersion", js.number(NAPI_VERSION)},
                    {"cplusplus", js.number(static_cast<double>(__cplusplus))},
                    {"assertions", js.boolean(kAssertions)},
                    {"optimized", js.boolean(kOptimized)},
                    {"rtti", js.boolean(kRtti)}});
}

/// errorCodes() -> {name: summary}: for the documentation and its tests
napi_value error_codes(Call& call) {
  std::vector<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code)
    names.emplace_back(error_name(static_cast<ErrorCode>(code)));
  std::vector<Property> codes;
  for (size_t code = 0; code < names.size(); ++code)
    codes.push_back({names[code].c_str(), call.js.text(error_summary(static_cast<ErrorCode>(code)))});
  return call.js.object(codes);
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
napi_value pin_thread(Call& call) {
  pmd::pin_thread(call.arguments.integer(0, "cpu"));
  return call.js.undefined();
}

/// holdLoop(isHeld): keeps the event loop alive, and no longer. They nest.
napi_value hold_loop(Call& call) {
  if (call.arguments.boolean(0, "isHeld"))
    call.env.events->hold();
  else
    call.env.events->let_go();
  return call.js.undefined();
}

struct NamedCallback {
  const char* name;
  napi_callback callback;
};

constexpr NamedCallback kControls[] = {
    {"buildInfo", bridge<build_info>},
    {"errorCodes", bridge<error_codes>},
    {"layout", bridge<layout>},
    {"pinThread", bridge<pin_thread>},
    {"holdLoop", bridge<hold_loop>},
    {"listLinks", bridge<list_links>},
    {"listUses", bridge<list_uses>},
    {"lockFile", bridge<lock_file>},
    {"diagnose", bridge<diagnose>},
    {"supportedDevices", bridge<supported_devices>},
    {"capabilities", bridge<capabilities>},
    {"createPool", bridge<create_pool>},
    {"createMirroredPool", bridge<create_mirrored_pool>},
    {"isMirroredIn", bridge<is_mirrored_in>},
    {"attachPool", bridge<attach_pool>},
    {"closePool", bridge<close_pool>},
    {"retirePool", bridge<retire_pool>},
    {"poolUsage", bridge<pool_usage>},
    {"createBurst", bridge<create_burst>},
    {"createHeaders", bridge<create_headers>},
    {"compileFilter", bridge<compile_filter_expression>},
    {"createFilter", bridge<create_filter>},
    {"createRing", bridge<create_ring>},
    {"closeRing", bridge<close_ring>},
    {"ringState", bridge<ring_state>},
    {"openPort", bridge<open_port>},
    {"closePort", bridge<close_port>},
    {"forgetPort", bridge<forget_port>},
    {"closeOwnPorts", bridge<close_own_ports>},
    {"portSnapshot", bridge<port_snapshot>},
    {"refreshPort", bridge<refresh_port>},
    {"portRequest", bridge<port_request>},
    {"dumpRegisters", bridge<dump_registers>},
    {"injectFault", bridge<inject_fault>},
    {"attachRx", bridge<attach_rx>},
    {"attachTx", bridge<attach_tx>},
};

constexpr NamedCallback kBurstCalls[] = {
    {"receive", receive},
    {"send", send},
    {"exchange", exchange},
    {"reclaim", reclaim},
    {"countUnsent", count_unsent},
    {"distribute", distribute},
    {"releaseBurst", release_burst},
    {"allocateFrames", allocate_frames},
    {"parseHeaders", parse_headers_of_burst},
    {"matchFilter", match_filter},
    {"applyFilter", apply_filter},
    {"verifyChecksums", verify_checksums_of_burst},
    {"readClock", read_clock},
    {"readCycles", read_cycles},
};

}  // namespace

void initialize(napi_env env, napi_value exports) {
  const Js js(env);
  auto owned = std::make_unique<EnvData>(env);
  js.env().SetInstanceData(owned.get());  // which deletes it with the environment
  EnvData* const data = owned.release();
  std::vector<Property> controls;
  for (const auto& [name, callback] : kControls)
    controls.push_back({name, js.function(name, callback, data)});
  std::vector<Property> all{{"control", js.object(controls)}};
  for (const auto& [name, callback] : kBurstCalls) all.push_back({name, js.function(name, callback, data)});
  all.push_back({"callBlock", js.memory(&data->call, sizeof(data->call), nullptr, nullptr)});
  all.push_back({"dealBlock", js.memory(&data->deal, sizeof(data->deal), nullptr, nullptr)});
  js.define(exports, all);
}

}  // namespace pmd::binding
