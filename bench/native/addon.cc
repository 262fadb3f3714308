// The addon with one more export, `bench`: ports whose device the measuring thread advances, and the loops in
// C++ that those in TypeScript are compared with. It has the same sources and flags as the one that ships.

#include "binding/addon.h"

#include <map>

#include "arrivals.h"
#include "binding/env_data.h"
#include "binding/js_error.h"
#include "binding/registry.h"
#include "limit_loop.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

using binding::bridge;
using binding::EnvData;
using binding::Registry;

/// The process has one bench: nothing here is made for more than the main thread.
struct Bench {
  Stopwatch watch;
  std::map<uint32_t, std::unique_ptr<SteppedPort>> ports;
  std::vector<std::unique_ptr<RawDevice>> raw;
  // What start() steps: ports or a device.
  std::vector<SteppedPort*> used_ports;
  RawDevice* used_raw = nullptr;
  std::unique_ptr<Arrivals> arrivals;
  uint32_t tick[2] = {};  ///< in: frames moved; out: frames due
};
Bench bench;

napi_value empty(napi_env, napi_callback_info) {
  return nullptr;
}

/// The device works, and then time runs.
napi_value start(napi_env, napi_callback_info) {
  for (SteppedPort* port : bench.used_ports) port->step();
  if (bench.used_raw != nullptr) {
    bench.used_raw->ring_doorbells();
    bench.used_raw->step();
  }
  bench.watch.start();
  return nullptr;
}

napi_value stop(napi_env, napi_callback_info) {
  bench.watch.stop();
  return nullptr;
}

napi_value tick(napi_env, napi_callback_info) {
  bench.tick[1] = bench.arrivals->tick(bench.tick[0]);
  return nullptr;
}

uint32_t number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Uint32Value();
}

/// openPort(pool, ring) -> port
Napi::Value open_port(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    PortConfig config;
    config.address = "emu:bench" + std::to_string(bench.ports.size()) + ",peer=flood";
    config.pool = Registry::instance().pool(number(info, 0));
    config.rx_ring = config.tx_ring = number(info, 1);
    auto port = std::make_unique<SteppedPort>(config);
    const uint32_t id = Registry::instance().add_port(port->port());
    bench.ports[id] = std::move(port);
    return Napi::Number::New(info.Env(), id);
  });
}

/// use(...ports): start() steps these ports' devices
Napi::Value use(const Napi::CallbackInfo& info) {
  bench.used_ports.clear();
  for (size_t i = 0; i < info.Length(); ++i)
    bench.used_ports.push_back(bench.ports.at(number(info, i)).get());
  bench.used_raw = nullptr;
  return info.Env().Undefined();
}

/// closePort(port)
Napi::Value close_port(const Napi::CallbackInfo& info) {
  const uint32_t id = number(info, 0);
  std::erase(bench.used_ports, bench.ports.at(id).get());
  bench.ports.erase(id);
  Registry::instance().remove_port(id);
  return info.Env().Undefined();
}

/// useRaw(device): start() steps this one
Napi::Value use_raw(const Napi::CallbackInfo& info) {
  bench.used_raw = bench.raw.at(number(info, 0)).get();
  bench.used_ports.clear();
  return info.Env().Undefined();
}

/// openRaw(ring) -> {id, region, doorbells, base, buffersOffset, stride, frameOffset}
Napi::Value open_raw(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return bridge(env, [&]() -> Napi::Value {
    const std::string address = "emu:raw" + std::to_string(bench.raw.size()) + ",peer=flood";
    bench.raw.push_back(std::make_unique<RawDevice>(address.c_str(), number(info, 0)));
    RawDevice& raw = *bench.raw.back();
    const auto shared = [&](auto owner, void* data, size_t size) {
      auto* kept = new auto(owner);
      return Napi::ArrayBuffer::New(env, data, size, [kept](Napi::Env, void*) { delete kept; });
    };
    Napi::Object result = Napi::Object::New(env);
    result["id"] = Napi::Number::New(env, static_cast<double>(bench.raw.size() - 1));
    result["region"] = shared(raw.region(), raw.region()->data(), raw.region()->size());
    result["doorbells"] = shared(raw.shared_doorbells(), raw.doorbells().data(), sizeof(raw.doorbells()));
    result["base"] = Napi::Number::New(env, static_cast<double>(raw.base()));
    result["buffersOffset"] = Napi::Number::New(env, raw.buffers_offset());
    result["stride"] = Napi::Number::New(env, RawDevice::kStride);
    result["frameOffset"] = Napi::Number::New(env, RawDevice::kFrameOffset);
    return result;
  });
}

/// runCore(loop, port, pool, burst, frames, sections): the loop in C++
Napi::Value run_core(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    SteppedPort& port = *bench.ports.at(number(info, 1));
    PoolCache& cache = EnvData::of(info.Env()).pool(number(info, 2)).cache;
    const auto loop = make_core_loop(info[0].As<Napi::String>().Utf8Value(), port, cache,
                                     {.burst = number(info, 3), .frames = number(info, 4)});
    if (!loop) throw Error(ErrorCode::kInvalidArgument, "no loop has this name", "see core_loops.h");
    if (!port.rx().attach(cache) || !port.tx().attach(cache))
      throw Error(ErrorCode::kBusy, "the queues belong to another thread", "use the port in this one alone");
    run_sections(*loop, number(info, 5), bench.watch, [&] { port.step(); });
    return info.Env().Undefined();
  });
}

/// runBothWays(port, other, pool, burst, frames, sections): the loop over two ports in C++
Napi::Value run_both_ways(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    SteppedPort& one = *bench.ports.at(number(info, 0));
    SteppedPort& other = *bench.ports.at(number(info, 1));
    PoolCache& cache = EnvData::of(info.Env()).pool(number(info, 2)).cache;
    const auto loop =
        make_both_ways(one, other, cache, {.burst = number(info, 3), .frames = number(info, 4)});
    run_sections(*loop, number(info, 5), bench.watch, [&] {
      one.step();
      other.step();
    });
    return info.Env().Undefined();
  });
}

/// beginArrivals(port, period, frames): for tick(), and for endArrivals()
Napi::Value begin_arrivals(const Napi::CallbackInfo& info) {
  bench.arrivals = std::make_unique<Arrivals>(*bench.ports.at(number(info, 0)),
                                              info[1].As<Napi::Number>().DoubleValue(), number(info, 2));
  return info.Env().Undefined();
}

void forward_as_due(SteppedPort& port, PoolCache& cache, uint32_t size, int64_t frames) {
  Burst burst(size, cache);
  std::byte* const memory = cache.pool().region()->data();
  const uint32_t* const index = burst.index();
  const uint16_t* const offset = burst.offset();
  uint32_t moved = 0;
  for (int64_t left = frames; left > 0; left -= moved) {
    const uint32_t due = bench.arrivals->tick(moved);
    port.rx().receive(burst, due);
    moved = burst.count();
    for (uint32_t i = 0; i < moved; ++i) {
      std::byte& first = memory[size_t{index[i]} * kBufferStride + offset[i]];
      first = static_cast<std::byte>(std::to_integer<unsigned>(first) + 1);
    }
    if (port.tx().send(burst) != static_cast<int32_t>(moved))
      throw Error(ErrorCode::kInternal, "the loop did not send every frame", "use a larger ring");
  }
  bench.arrivals->tick(moved);
}

/// forwardArrivals(port, pool, burst, frames): in C++, what TypeScript does with tick()
Napi::Value forward_arrivals(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    PoolCache& cache = EnvData::of(info.Env()).pool(number(info, 1)).cache;
    forward_as_due(*bench.ports.at(number(info, 0)), cache, number(info, 2), number(info, 3));
    return info.Env().Undefined();
  });
}

/// endArrivals(shares) -> {latencies, cyclesPerFrame, preemptions}
Napi::Value end_arrivals(const Napi::CallbackInfo& info) {
  const auto shares = info[0].As<Napi::Float64Array>();
  Napi::Float64Array latencies = Napi::Float64Array::New(info.Env(), shares.ElementLength());
  for (size_t i = 0; i < shares.ElementLength(); ++i) latencies[i] = bench.arrivals->percentile(shares[i]);
  Napi::Object result = Napi::Object::New(info.Env());
  result["latencies"] = latencies;
  result["preemptions"] = Napi::Number::New(info.Env(), bench.arrivals->preemptions());
  result["cyclesPerFrame"] = Napi::Number::New(info.Env(), bench.arrivals->cycles_per_frame());
  bench.arrivals = nullptr;
  return result;
}

/// runLimit(ring, burst, frames, sections): the limit, on a device of its own
Napi::Value run_limit(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    RawDevice device("emu:limit,peer=flood", number(info, 0));
    LimitLoop loop(device, {.burst = number(info, 1), .frames = number(info, 2)});
    run_sections(loop, number(info, 3), bench.watch, [&] { device.step(); });
    return info.Env().Undefined();
  });
}

/// samples() -> cycles of each section since the last call
Napi::Value samples(const Napi::CallbackInfo& info) {
  Napi::Float64Array result = Napi::Float64Array::New(info.Env(), bench.watch.count());
  std::copy_n(bench.watch.samples(), bench.watch.count(), result.Data());
  bench.watch.clear();
  return result;
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  binding::initialize(env, exports);
  Napi::Object table = Napi::Object::New(env);
  const auto define = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    table[name] = Napi::Function::New(env, function, name);
  };
  const auto define_raw = [&](const char* name, napi_callback callback) {
    napi_value function;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok)
      throw Napi::Error::New(env);
    table[name] = Napi::Value(env, function);
  };
  define_raw("empty", empty);
  define_raw("start", start);
  define_raw("stop", stop);
  define_raw("tick", tick);
  define("openPort", open_port);
  define("use", use);
  define("closePort", close_port);
  define("openRaw", open_raw);
  define("useRaw", use_raw);
  define("runCore", run_core);
  define("runBothWays", run_both_ways);
  define("runLimit", run_limit);
  define("beginArrivals", begin_arrivals);
  define("forwardArrivals", forward_arrivals);
  define("endArrivals", end_arrivals);
  define("samples", samples);
  table["tickBlock"] = Napi::ArrayBuffer::New(env, bench.tick, sizeof(bench.tick));
  exports["bench"] = table;
  return exports;
}

}  // namespace pmd::bench

static Napi::Object load(Napi::Env env, Napi::Object exports) {
  return pmd::bench::initialize(env, exports);
}
NODE_API_MODULE(vfio_pmd, load)
