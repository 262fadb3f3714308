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
  config.settings.mtu = static_cast<uint16_t>(options.Get("mtu").As<Napi::Number>().Uint32Value());
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
    result["vendorId"] = Napi::Number::New(env, port_->identity().id.vendor);
    result["deviceId"] = Napi::Number::New(env, port_->identity().id.device);
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
    const RxQueue::Stats& rx = port->driver().rx_queues()[0]->stats();
    const TxQueue::Stats& tx = port->driver().tx_queues()[0]->stats();
    Napi::Object result = Napi::Object::New(env);
    result["state"] = name_of(port->state());
    result["link"] = to_js(env, snapshot.link);
    result["mac"] = to_js(env, snapshot.settings.mac);
    result["mtu"] = Napi::Number::New(env, snapshot.settings.mtu);
    result["recoveries"] = Napi::Number::New(env, static_cast<double>(snapshot.recoveries));
    result["rxPackets"] = to_js(env, rx.packets);
    result["rxBytes"] = to_js(env, rx.bytes);
    result["rxErrors"] = to_js(env, rx.errors);
    result["rxOversize"] = to_js(env, rx.oversize);
    result["rxMalformed"] = to_js(env, rx.malformed);
    result["rxNoBuffer"] = to_js(env, rx.no_buffer);
    result["txPackets"] = to_js(env, tx.packets);
    result["txBytes"] = to_js(env, tx.bytes);
    result["txRingFull"] = to_js(env, tx.ring_full);
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
    // Requests are served right after a look at the device.
    const auto port = Registry::instance().port(number(info, 0));
    port->request([](Driver&) -> Task<> { co_return; }, finish(info[1]));
    return info.Env().Undefined();
  });
}

Napi::Value port_request(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const std::string kind = info[1].As<Napi::String>();  // then what is to be called, then what it is about
    Port::Request request;
    if (kind == "mac") {
      request = [mac = mac_of(info[3])](Driver& driver) { return driver.set_mac(mac); };
    } else if (kind == "mtu") {
      request = [mtu = static_cast<uint16_t>(number(info, 3))](Driver& driver) {
        return driver.set_mtu(mtu);
      };
    } else if (kind == "vlan") {
      request = [id = static_cast<uint16_t>(number(info, 3)), member = info[4].ToBoolean().Value()](
                    Driver& driver) { return driver.set_vlan(id, member); };
    } else {
      const auto list = info[3].As<Napi::Array>();
      std::vector<MacAddress> addresses;
      for (uint32_t i = 0; i < list.Length(); ++i) addresses.push_back(mac_of(list.Get(i)));
      request = [addresses = std::move(addresses), all = info[4].ToBoolean().Value()](Driver& driver) {
        return driver.set_multicast(addresses, all);
      };
    }
    const auto port = Registry::instance().port(number(info, 0));
    port->request(std::move(request), finish(info[2]));
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
  using Dump = std::vector<std::pair<std::string, uint32_t>>;
  return bridge(info.Env(), [&] {
    const auto port = Registry::instance().port(number(info, 0));
    const auto dump = std::make_shared<Dump>();
    const auto to_object = [dump](Napi::Env env) {
      Napi::Object result = Napi::Object::New(env);
      for (const auto& [name, value] : *dump) result[name] = Napi::Number::New(env, value);
      return result;
    };
    port->request(
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
