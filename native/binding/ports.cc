#include "binding/ports.h"

#include "binding/async_op.h"
#include "binding/completion.h"
#include "binding/env_data.h"
#include "binding/js_callback.h"
#include "binding/registry.h"
#include "open/open_port.h"

namespace pmd::binding {

namespace {

uint32_t number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Uint32Value();
}

MacAddress mac_of(const Napi::Value& value) {
  MacAddress mac{};
  if (!value.IsTypedArray()) return mac;
  const auto bytes = value.As<Napi::Uint8Array>();
  for (size_t i = 0; i < mac.size(); ++i) mac[i] = bytes[i];
  return mac;
}

Napi::Value to_js(Napi::Env env, const MacAddress& mac) {
  auto bytes = Napi::Uint8Array::New(env, mac.size());
  for (size_t i = 0; i < mac.size(); ++i) bytes[i] = mac[i];
  return bytes;
}

Napi::Object to_js(Napi::Env env, const Link& link) {
  Napi::Object result = Napi::Object::New(env);
  result["up"] = link.up;
  result["speedMbps"] = Napi::Number::New(env, link.speed_mbps);
  result["fullDuplex"] = link.full_duplex;
  return result;
}

Napi::Value to_js(Napi::Env env, const std::optional<uint64_t>& counter) {
  return counter ? Napi::Number::New(env, static_cast<double>(*counter)) : env.Null();
}

Napi::Value to_js(Napi::Env env, const Counter& counter) {
  return Napi::Number::New(env, static_cast<double>(counter.get()));
}

Napi::Object to_js(Napi::Env env, Range range) {
  Napi::Object result = Napi::Object::New(env);
  result["min"] = Napi::Number::New(env, range.least);
  result["max"] = Napi::Number::New(env, range.most);
  return result;
}

Napi::Object to_js(Napi::Env env, const Capabilities& capabilities) {
  Napi::Object result = Napi::Object::New(env);
  result["driver"] = capabilities.driver;
  result["rxQueues"] = Napi::Number::New(env, capabilities.rx_queues);
  result["txQueues"] = Napi::Number::New(env, capabilities.tx_queues);
  result["rxRing"] = to_js(env, capabilities.rx_ring);
  result["txRing"] = to_js(env, capabilities.tx_ring);
  result["mtu"] = to_js(env, capabilities.mtu);
  result["rxFlags"] = Napi::Number::New(env, capabilities.rx_flags);
  result["rss"] = capabilities.rss;
  result["setMac"] = capabilities.set_mac;
  result["vlanFilter"] = capabilities.vlan_filter;
  result["multicastAddresses"] = Napi::Number::New(env, capabilities.multicast);
  result["allMulticast"] = capabilities.all_multicast;
  return result;
}

Napi::Object to_js(Napi::Env env, const RxQueue::Stats& stats) {
  Napi::Object result = Napi::Object::New(env);
  result["packets"] = to_js(env, stats.packets);
  result["bytes"] = to_js(env, stats.bytes);
  result["errors"] = to_js(env, stats.errors);
  result["oversize"] = to_js(env, stats.oversize);
  result["malformed"] = to_js(env, stats.malformed);
  result["noBuffer"] = to_js(env, stats.no_buffer);
  return result;
}

Napi::Object to_js(Napi::Env env, const TxQueue::Stats& stats) {
  Napi::Object result = Napi::Object::New(env);
  result["packets"] = to_js(env, stats.packets);
  result["bytes"] = to_js(env, stats.bytes);
  result["ringFull"] = to_js(env, stats.ring_full);
  return result;
}

/// The statistics of each queue, in order.
template <typename Queues>
Napi::Array stats_of(Napi::Env env, const Queues& queues) {
  Napi::Array list = Napi::Array::New(env, queues.size());
  for (uint32_t i = 0; i < queues.size(); ++i) list.Set(i, to_js(env, queues[i]->stats()));
  return list;
}

const char* name_of(PortEvent::Kind kind) {
  switch (kind) {
    case PortEvent::Kind::kLink:
      return "link";
    case PortEvent::Kind::kRecovering:
      return "recovering";
    case PortEvent::Kind::kRecovered:
      return "recovered";
    case PortEvent::Kind::kRemoval:
      return "removal";
    case PortEvent::Kind::kFailure:
      return "failure";
  }
  return "failure";
}

const char* name_of(PortState state) {
  switch (state) {
    case PortState::kOpening:
      return "opening";
    case PortState::kRunning:
      return "running";
    case PortState::kRecovering:
      return "recovering";
    case PortState::kClosed:
      return "closed";
  }
  return "closed";
}

Port::Listener make_listener(const Napi::Function& function) {
  return [callback = JsCallback(function)](const PortEvent& event) {
    callback.post([event](Napi::Env env) -> std::vector<napi_value> {
      return {Napi::String::New(env, name_of(event.kind)), to_js(env, event.link),
              Napi::String::New(env, event.reason),
              Napi::Number::New(env, static_cast<double>(event.nanoseconds) / 1e6)};
    });
  };
}

PortConfig config_of(const Napi::Object& options) {
  PortConfig config;
  config.address = options.Get("address").As<Napi::String>().Utf8Value();
  config.rx_ring = options.Get("rxRing").As<Napi::Number>().Uint32Value();
  config.tx_ring = options.Get("txRing").As<Napi::Number>().Uint32Value();
  config.rx_queues = options.Get("rxQueues").As<Napi::Number>().Uint32Value();
  config.tx_queues = options.Get("txQueues").As<Napi::Number>().Uint32Value();
  config.settings.mtu = options.Get("mtu").As<Napi::Number>().Uint32Value();
  config.settings.mac = mac_of(options.Get("mac"));
  const Napi::Value pool = options.Get("pool");
  if (pool.IsNumber()) config.pool = Registry::instance().pool(pool.As<Napi::Number>().Uint32Value());
  return config;
}

/// A port on its way to JavaScript. It is closed if it does not get there, because the environment ended
/// meanwhile.
class Opened {
 public:
  Opened(std::shared_ptr<Port> port, uint32_t pool_id) : port_(std::move(port)), pool_id_(pool_id) {}
  Opened(Opened&&) = default;
  ~Opened() {
    if (port_) port_->close();
  }

  Napi::Value describe(Napi::Env env) {
    const auto rx_queues = port_->driver().rx_queues().size();
    const auto tx_queues = port_->driver().tx_queues().size();
    Napi::Object result = Napi::Object::New(env);
    result["bus"] = port_->identity().bus;
    result["model"] = port_->identity().model;
    result["capabilities"] = to_js(env, port_->driver().capabilities());
    result["rxQueues"] = Napi::Number::New(env, static_cast<double>(rx_queues));
    result["txQueues"] = Napi::Number::New(env, static_cast<double>(tx_queues));
    EnvData& data = EnvData::of(env);
    if (pool_id_ == 0) {
      pool_id_ = Registry::instance().add_pool(port_->pool());
      data.own_pools.insert(pool_id_);
    }
    result["pool"] = Napi::Number::New(env, pool_id_);
    const uint32_t id = Registry::instance().add_port(port_);
    data.own_ports.insert(id);
    result["id"] = Napi::Number::New(env, id);
    port_ = nullptr;
    return result;
  }

 private:
  std::shared_ptr<Port> port_;
  uint32_t pool_id_;
};

Port::Done finish(const Napi::Value& callback) {
  return [done = Completion(callback)](std::exception_ptr failure) { done.settle(std::move(failure)); };
}

}  // namespace

Napi::Value open_port(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const auto options = info[0].As<Napi::Object>();
    const Napi::Value pool = options.Get("pool");
    const uint32_t pool_id = pool.IsNumber() ? pool.As<Napi::Number>().Uint32Value() : 0;
    return AsyncOp<Opened>::start(
        info.Env(),
        [config = config_of(options), pool_id, listener = make_listener(info[1].As<Napi::Function>())] {
          return Opened(pmd::open_port(config, listener), pool_id);
        },
        [](Napi::Env env, Opened& opened) { return opened.describe(env); });
  });
}

Napi::Value close_port(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const auto port = Registry::instance().port(number(info, 0));
    port->close([done = Completion(info[1])] { done.settle(); });
    return info.Env().Undefined();
  });
}

Napi::Value forget_port(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const uint32_t id = number(info, 0);
    EnvData& data = EnvData::of(info.Env());
    data.own_ports.erase(id);
    uint32_t held = 0;
    for (const auto& ended : Registry::instance().remove_port(id)) {
      held += ended.pool->usage().application;
      data.own_pools.erase(ended.id);
      data.drop_everywhere(ended);
    }
    return Napi::Number::New(info.Env(), held);
  });
}

Napi::Value close_own_ports(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    EnvData::of(info.Env()).close_own_ports();
    return info.Env().Undefined();
  });
}

Napi::Value port_snapshot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return bridge(env, [&]() -> Napi::Value {
    const auto port = Registry::instance().port(number(info, 0));
    const Port::Snapshot snapshot = port->snapshot();
    const DeviceCounters& counters = snapshot.counters;
    Napi::Object result = Napi::Object::New(env);
    result["state"] = name_of(port->state());
    result["link"] = to_js(env, snapshot.link);
    result["mac"] = to_js(env, snapshot.settings.mac);
    result["mtu"] = Napi::Number::New(env, snapshot.settings.mtu);
    result["recoveries"] = Napi::Number::New(env, static_cast<double>(snapshot.recoveries));
    result["rx"] = stats_of(env, port->driver().rx_queues());
    result["tx"] = stats_of(env, port->driver().tx_queues());
    Napi::Object device = Napi::Object::New(env);
    device["rxPackets"] = to_js(env, counters.rx_packets);
    device["rxBytes"] = to_js(env, counters.rx_bytes);
    device["rxMulticast"] = to_js(env, counters.rx_multicast);
    device["rxMissed"] = to_js(env, counters.rx_missed);
    device["txPackets"] = to_js(env, counters.tx_packets);
    device["txBytes"] = to_js(env, counters.tx_bytes);
    result["device"] = device;
    Napi::Object bus = Napi::Object::New(env);
    for (const auto& [name, value] : snapshot.bus_counters)
      bus[name] = Napi::Number::New(env, static_cast<double>(value));
    result["bus"] = bus;
    return result;
  });
}

Napi::Value refresh_port(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    // Jobs run right after a look at the device.
    const auto port = Registry::instance().port(number(info, 0));
    port->run([](Driver&) -> Task<> { co_return; }, finish(info[1]));
    return info.Env().Undefined();
  });
}

namespace {

/// What is asked for, out of its kind and the arguments that follow the callback.
Request request_of(const Napi::CallbackInfo& info) {
  const std::string kind = info[1].As<Napi::String>();
  if (kind == "mac") return SetMac{mac_of(info[3])};
  if (kind == "mtu") return SetMtu{number(info, 3)};
  if (kind == "vlan") return SetVlan{number(info, 3), info[4].ToBoolean().Value()};
  const auto list = info[3].As<Napi::Array>();
  SetMulticast request{{}, info[4].ToBoolean().Value()};
  for (uint32_t i = 0; i < list.Length(); ++i) request.addresses.push_back(mac_of(list.Get(i)));
  return request;
}

}  // namespace

Napi::Value port_request(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const auto port = Registry::instance().port(number(info, 0));
    port->apply(request_of(info), finish(info[2]));
    return info.Env().Undefined();
  });
}

Napi::Value inject_fault(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    Registry::instance().port(number(info, 0))->inject(info[1].As<Napi::String>().Utf8Value());
    return info.Env().Undefined();
  });
}

Napi::Value dump_registers(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const auto port = Registry::instance().port(number(info, 0));
    const auto dump = std::make_shared<RegisterDump>();
    const auto to_object = [dump](Napi::Env env) {
      Napi::Object result = Napi::Object::New(env);
      for (const auto& [name, value] : *dump) result[name] = Napi::Number::New(env, value);
      return result;
    };
    port->run(
        [dump](Driver& driver) -> Task<> {
          *dump = driver.dump_registers();
          co_return;
        },
        [done = Completion(info[1]), to_object](std::exception_ptr failure) {
          done.settle(std::move(failure), to_object);
        });
    return info.Env().Undefined();
  });
}

}  // namespace pmd::binding
