// The addon with one more export, `bench`: ports whose device the measuring thread advances, and the loops in
// C++ that those in TypeScript are compared with. It has the same sources and flags as the one that ships.

#include "binding/addon.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arrivals.h"
#include "binding/bridge.h"
#include "binding/env_data.h"
#include "binding/module.h"
#include "binding/registry.h"
#include "limit_loop.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

using binding::bridge;
using binding::Call;
using binding::Js;
using binding::Property;
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

/// A plain argument: what this addon is called with is our own.
uint32_t number(const Call& call, size_t index) {
  return call.arguments.integer(index, "argument");
}

/// A typed array of numbers.
napi_value numbers(Js js, const std::vector<double>& values) {
  void* data;
  napi_value buffer, result;
  binding::check(napi_create_arraybuffer(js.env(), values.size() * sizeof(double), &data, &buffer));
  std::copy(values.begin(), values.end(), static_cast<double*>(data));
  binding::check(napi_create_typedarray(js.env(), napi_float64_array, values.size(), buffer, 0, &result));
  return result;
}

/// openPort(pool, ring) -> port
napi_value open_port(Call& call) {
  PortConfig config;
  config.address = "emu:bench" + std::to_string(bench.ports.size()) + ",peer=flood";
  config.pool = Registry::instance().pool(number(call, 0));
  config.rx_ring = config.tx_ring = number(call, 1);
  auto port = std::make_unique<SteppedPort>(config);
  const uint32_t id = Registry::instance().add_port(port->port());
  bench.ports[id] = std::move(port);
  return call.js.number(id);
}

/// use(...ports): start() steps these ports' devices
napi_value use(Call& call) {
  bench.used_ports.clear();
  for (size_t i = 0; call.arguments.is_given(i); ++i)
    bench.used_ports.push_back(bench.ports.at(number(call, i)).get());
  bench.used_raw = nullptr;
  return call.js.undefined();
}

/// closePort(port)
napi_value close_port(Call& call) {
  const uint32_t id = number(call, 0);
  std::erase(bench.used_ports, bench.ports.at(id).get());
  bench.ports.erase(id);
  Registry::instance().remove_port(id);
  return call.js.undefined();
}

/// useRaw(device): start() steps this one
napi_value use_raw(Call& call) {
  bench.used_raw = bench.raw.at(number(call, 0)).get();
  bench.used_ports.clear();
  return call.js.undefined();
}

/// An ArrayBuffer over memory that `owner` keeps.
template <typename Owner>
napi_value shared(Js js, const Owner& owner, void* data, size_t size) {
  auto kept = std::make_unique<Owner>(owner);
  const napi_value memory = js.memory(
      data, size, [](napi_env, void*, void* hint) { delete static_cast<Owner*>(hint); }, kept.get());
  kept.release();
  return memory;
}

/// openRaw(ring) -> {id, region, doorbells, base, buffersOffset, stride, frameOffset}
napi_value open_raw(Call& call) {
  const Js js = call.js;
  const std::string address = "emu:raw" + std::to_string(bench.raw.size()) + ",peer=flood";
  bench.raw.push_back(std::make_unique<RawDevice>(address.c_str(), number(call, 0)));
  RawDevice& raw = *bench.raw.back();
  const napi_value doorbells =
      shared(js, raw.shared_doorbells(), raw.doorbells().data(), sizeof(raw.doorbells()));
  return js.object({{"id", js.number(static_cast<double>(bench.raw.size() - 1))},
                    {"region", shared(js, raw.region(), raw.region()->data(), raw.region()->size())},
                    {"doorbells", doorbells},
                    {"base", js.number(static_cast<double>(raw.base()))},
                    {"buffersOffset", js.number(raw.buffers_offset())},
                    {"stride", js.number(RawDevice::kStride)},
                    {"frameOffset", js.number(RawDevice::kFrameOffset)}});
}

/// runCore(loop, port, pool, burst, frames, sections): the loop in C++
napi_value run_core(Call& call) {
  SteppedPort& port = *bench.ports.at(number(call, 1));
  PoolCache& cache = call.env.pool(number(call, 2)).cache;
  const auto loop = make_core_loop(call.arguments.text(0, "loop"), port, cache,
                                   {.burst = number(call, 3), .frames = number(call, 4)});
  if (!loop) throw Error(ErrorCode::kInvalidArgument, "no loop has this name", "see core_loops.h");
  if (!port.rx().attach(cache) || !port.tx().attach(cache))
    throw Error(ErrorCode::kBusy, "the queues belong to another thread", "use the port in this one alone");
  run_sections(*loop, number(call, 5), bench.watch, [&] { port.step(); });
  return call.js.undefined();
}

/// runBothWays(port, other, pool, burst, frames, sections): the loop over two ports in C++
napi_value run_both_ways(Call& call) {
  SteppedPort& one = *bench.ports.at(number(call, 0));
  SteppedPort& other = *bench.ports.at(number(call, 1));
  PoolCache& cache = call.env.pool(number(call, 2)).cache;
  const auto loop = make_both_ways(one, other, cache, {.burst = number(call, 3), .frames = number(call, 4)});
  run_sections(*loop, number(call, 5), bench.watch, [&] {
    one.step();
    other.step();
  });
  return call.js.undefined();
}

/// beginArrivals(port, period, frames): for tick(), and for endArrivals()
napi_value begin_arrivals(Call& call) {
  bench.arrivals = std::make_unique<Arrivals>(*bench.ports.at(number(call, 0)),
                                              call.arguments.number(1, "period"), number(call, 2));
  return call.js.undefined();
}

void forward_as_due(SteppedPort& port, PoolCache& cache, uint32_t size, int64_t frames) {
  Burst burst(size, cache);
  std::byte* const memory = cache.pool().region()->data();
  const uint32_t* const index = burst.index();
  const uint16_t* const offset = burst.offset();
  const size_t stride = cache.pool().stride();
  uint32_t moved = 0;
  for (int64_t left = frames; left > 0; left -= moved) {
    const uint32_t due = bench.arrivals->tick(moved);
    port.rx().receive(burst, due);
    moved = burst.count();
    for (uint32_t i = 0; i < moved; ++i) {
      std::byte& first = memory[index[i] * stride + offset[i]];
      first = static_cast<std::byte>(std::to_integer<unsigned>(first) + 1);
    }
    if (port.tx().send(burst) != static_cast<int32_t>(moved))
      throw Error(ErrorCode::kInternal, "the loop did not send every frame", "use a larger ring");
  }
  bench.arrivals->tick(moved);
}

/// forwardArrivals(port, pool, burst, frames): in C++, what TypeScript does with tick()
napi_value forward_arrivals(Call& call) {
  PoolCache& cache = call.env.pool(number(call, 1)).cache;
  forward_as_due(*bench.ports.at(number(call, 0)), cache, number(call, 2), number(call, 3));
  return call.js.undefined();
}

/// latency(share): cycles that so great a share of the frames' latencies does not exceed
napi_value latency(Call& call) {
  return call.js.number(bench.arrivals->percentile(call.arguments.number(0, "share")));
}

/// endArrivals() -> {cyclesPerFrame, preemptions}
napi_value end_arrivals(Call& call) {
  const Js js = call.js;
  const auto ended = std::move(bench.arrivals);
  return js.object({{"preemptions", js.number(ended->preemptions())},
                    {"cyclesPerFrame", js.number(ended->cycles_per_frame())}});
}

/// runLimit(ring, burst, frames, sections): the limit, on a device of its own
napi_value run_limit(Call& call) {
  RawDevice device("emu:limit,peer=flood", number(call, 0));
  LimitLoop loop(device, {.burst = number(call, 1), .frames = number(call, 2)});
  run_sections(loop, number(call, 3), bench.watch, [&] { device.step(); });
  return call.js.undefined();
}

/// samples() -> cycles of each section since the last call
napi_value samples(Call& call) {
  const double* const first = bench.watch.samples();
  const std::vector<double> values(first, first + bench.watch.count());
  bench.watch.clear();
  return numbers(call.js, values);
}

struct NamedCallback {
  const char* name;
  napi_callback callback;
};

constexpr NamedCallback kControls[] = {
    {"openPort", bridge<open_port>},
    {"use", bridge<use>},
    {"closePort", bridge<close_port>},
    {"openRaw", bridge<open_raw>},
    {"useRaw", bridge<use_raw>},
    {"runCore", bridge<run_core>},
    {"runBothWays", bridge<run_both_ways>},
    {"runLimit", bridge<run_limit>},
    {"beginArrivals", bridge<begin_arrivals>},
    {"forwardArrivals", bridge<forward_arrivals>},
    {"latency", bridge<latency>},
    {"endArrivals", bridge<end_arrivals>},
    {"samples", bridge<samples>},
};

constexpr NamedCallback kCalls[] = {{"empty", empty}, {"start", start}, {"stop", stop}, {"tick", tick}};

}  // namespace

void initialize(napi_env env, napi_value exports) {
  binding::initialize(env, exports);
  const Js js(env);
  void* const data = &binding::EnvData::of(env);
  std::vector<Property> controls;
  for (const auto& [name, callback] : kControls)
    controls.push_back({name, js.function(name, callback, data)});
  std::vector<Property> table{{"control", js.object(controls)}};
  for (const auto& [name, callback] : kCalls) table.push_back({name, js.function(name, callback, nullptr)});
  table.push_back({"tickBlock", js.memory(bench.tick, sizeof(bench.tick), nullptr, nullptr)});
  const Property own{"bench", js.object(table)};
  js.define(exports, std::span(&own, 1));
}

}  // namespace pmd::bench

namespace {

constexpr auto load = pmd::binding::load<pmd::bench::initialize>;

}  // namespace

NODE_API_MODULE(vfio_pmd, load)
