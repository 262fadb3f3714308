#include "binding/ports.h"

#include <fcntl.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "binding/async_op.h"
#include "binding/completion.h"
#include "binding/env_data.h"
#include "binding/js_callback.h"
#include "binding/registry.h"
#include "open/open_port.h"
#include "open/schemes.h"
#include "util/descriptors.h"
#include "util/printable.h"

namespace pmd::binding {

namespace {

/// More than any device takes: what it does take is checked against its capabilities.
constexpr size_t kMostAddresses = 4096;

napi_value to_js(Js js, const Link& link) {
  return js.object({{"up", js.boolean(link.up)},
                    {"speedMbps", js.number(link.speed_mbps)},
                    {"fullDuplex", js.boolean(link.full_duplex)}});
}

napi_value to_js(Js js, const std::optional<uint64_t>& counter) {
  return counter ? js.number(static_cast<double>(*counter)) : js.null();
}

napi_value to_js(Js js, const Counter& counter) {
  return js.number(static_cast<double>(counter.get()));
}

napi_value to_js(Js js, Range range) {
  return js.object({{"min", js.number(range.least)}, {"max", js.number(range.most)}});
}

/// Says of each request whether the device or the library carries it out.
napi_value tx_offloads(Js js, uint32_t native) {
  constexpr std::pair<const char*, uint32_t> kOffloads[] = {
      {"vlan", tx_offload::kVlan},
      {"ipChecksum", tx_offload::kIpChecksum},
      {"tcpChecksum", tx_offload::kTcpChecksum},
      {"udpChecksum", tx_offload::kUdpChecksum},
      {"sctpChecksum", tx_offload::kSctpChecksum},
      {"tcpSegmentation", tx_offload::kTcpSegmentation},
      {"udpSegmentation", tx_offload::kUdpSegmentation},
  };
  std::vector<Property> offloads;
  for (const auto& [name, bit] : kOffloads)
    offloads.push_back({name, js.text(native & bit ? "native" : "software")});
  return js.object(offloads);
}

napi_value to_js(Js js, const Capabilities& capabilities) {
  return js.object({{"driver", js.text(capabilities.driver)},
                    {"rxQueues", js.number(capabilities.rx_queues)},
                    {"txQueues", js.number(capabilities.tx_queues)},
                    {"rxRing", to_js(js, capabilities.rx_ring)},
                    {"txRing", to_js(js, capabilities.tx_ring)},
                    {"mtu", to_js(js, capabilities.mtu)},
                    {"chains", js.boolean(capabilities.chains)},
                    {"rxFlags", js.number(capabilities.rx_flags)},
                    {"txOffloads", tx_offloads(js, capabilities.tx_native)},
                    {"rss", js.boolean(capabilities.rss)},
                    {"setMac", js.boolean(capabilities.set_mac)},
                    {"vlanFilter", js.boolean(capabilities.vlan_filter)},
                    {"multicastAddresses", js.number(capabilities.multicast)},
                    {"allMulticast", js.boolean(capabilities.all_multicast)},
                    {"ends", js.boolean(capabilities.ends)},
                    {"ownTimes", js.boolean(capabilities.own_times)}});
}

napi_value to_js(Js js, const RxQueue::Stats& stats) {
  return js.object({{"packets", to_js(js, stats.packets)},
                    {"bytes", to_js(js, stats.bytes)},
                    {"errors", to_js(js, stats.errors)},
                    {"oversize", to_js(js, stats.oversize)},
                    {"malformed", to_js(js, stats.malformed)},
                    {"noBuffer", to_js(js, stats.no_buffer)}});
}

napi_value to_js(Js js, const TxQueue::Stats& stats) {
  return js.object({{"packets", to_js(js, stats.packets)},
                    {"bytes", to_js(js, stats.bytes)},
                    {"ringFull", to_js(js, stats.ring_full)},
                    {"unsent", to_js(js, stats.unsent)}});
}

napi_value to_js(Js js, const DeviceCounters& counters, const FrameLosses& losses) {
  const auto& [missed, filtered, undelivered] = losses;
  return js.object({{"rxPackets", to_js(js, counters.rx_packets)},
                    {"rxBytes", to_js(js, counters.rx_bytes)},
                    {"rxMulticast", to_js(js, counters.rx_multicast)},
                    {"rxMissed", to_js(js, counters.rx_missed ? counters.rx_missed : missed)},
                    {"rxFiltered", to_js(js, filtered)},
                    {"txPackets", to_js(js, counters.tx_packets)},
                    {"txBytes", to_js(js, counters.tx_bytes)},
                    {"txUndelivered", to_js(js, undelivered)}});
}

/// The statistics of each queue, in order.
template <typename Queues>
napi_value stats_of(Js js, const Queues& queues) {
  std::vector<napi_value> list;
  for (const auto& queue : queues) list.push_back(to_js(js, queue->stats()));
  return js.array(list);
}

/// Values under names that the bus or the device gives.
template <typename Pairs>
napi_value to_object(Js js, const Pairs& pairs) {
  std::vector<Property> properties;
  for (const auto& [name, value] : pairs)
    properties.push_back({name.c_str(), js.number(static_cast<double>(value))});
  return js.object(properties);
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
    case PortEvent::Kind::kEnd:
      return "end";
    case PortEvent::Kind::kRefused:
      return "refused";
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

Port::Listener make_listener(EnvData& env, napi_value function) {
  return [callback = JsCallback(env, function)](const PortEvent& event) {
    callback.post([event](Js js) -> std::vector<napi_value> {
      return {js.text(name_of(event.kind)), to_js(js, event.link), js.text(event.reason),
              js.number(static_cast<double>(event.nanoseconds) / 1e6)};
    });
  };
}

PortConfig config_of(const Arguments& arguments) {
  PortConfig config;
  config.address = arguments.text(0, "address");
  if (arguments.is_given(1)) config.rx_ring = arguments.integer(1, "rxRing");
  if (arguments.is_given(2)) config.tx_ring = arguments.integer(2, "txRing");
  config.rx_queues = arguments.integer(3, "rxQueues");
  config.tx_queues = arguments.integer(4, "txQueues");
  config.settings.mtu = arguments.integer(5, "mtu");
  config.chains = arguments.boolean(6, "chains");
  if (arguments.is_given(7)) config.settings.mac = arguments.mac(7, "mac");
  return config;
}

/// The pool that a port is being opened with: it does not end meanwhile.
class PoolInUse {
 public:
  explicit PoolInUse(uint32_t id) : id_(id), pool_(Registry::instance().open_begun(id)) {}
  ~PoolInUse() {
    for (const auto& ended : Registry::instance().open_ended(id_)) drop_by_users(ended);
  }
  PoolInUse(const PoolInUse&) = delete;
  PoolInUse& operator=(const PoolInUse&) = delete;

  uint32_t id() const noexcept { return id_; }
  const std::shared_ptr<PacketPool>& pool() const noexcept { return pool_; }

 private:
  const uint32_t id_;
  const std::shared_ptr<PacketPool> pool_;
};

/// A port on its way to JavaScript. It is closed if it does not get there, because the environment ended
/// meanwhile.
class Opened {
 public:
  Opened(std::shared_ptr<Port> port, uint32_t pool_id) : port_(std::move(port)), pool_id_(pool_id) {}
  Opened(Opened&&) = default;
  ~Opened() {
    if (port_) port_->close();
  }

  napi_value describe(Js js, EnvData& env) {
    if (pool_id_ == 0) {
      pool_id_ = Registry::instance().add_pool(port_->pool());
      env.own_pools.insert(pool_id_);
    }
    const uint32_t id = Registry::instance().add_port(port_);
    env.own_ports.insert(id);
    const std::shared_ptr<Port> port = std::exchange(port_, nullptr);
    const DeviceIdentity& identity = port->identity();
    return js.object({{"id", js.number(id)},
                      {"pool", js.number(pool_id_)},
                      {"bus", js.text(identity.bus)},
                      {"model", js.text(identity.model)},
                      {"capabilities", to_js(js, port->driver().capabilities())},
                      {"rxQueues", js.number(static_cast<double>(port->driver().rx_queues().size()))},
                      {"txQueues", js.number(static_cast<double>(port->driver().tx_queues().size()))}});
  }

 private:
  std::shared_ptr<Port> port_;
  uint32_t pool_id_;
};

std::shared_ptr<Port> port_of(const Call& call) {
  return Registry::instance().port(call.arguments.integer(0, "port"));
}

Completion done_of(const Call& call, size_t at) {
  return Completion(call.env, call.arguments.function(at, "done"));
}

Port::Done finish(const Call& call, size_t at) {
  return [done = done_of(call, at)](std::exception_ptr failure) { done.settle(std::move(failure)); };
}

/// What is asked for, out of its kind and the arguments that follow the callback.
Request request_of(const Arguments& arguments) {
  const std::string kind = arguments.text(1, "kind");
  if (kind == "mac") return SetMac{arguments.mac(3, "mac")};
  if (kind == "mtu") return SetMtu{arguments.integer(3, "mtu")};
  if (kind == "vlan") return SetVlan{arguments.integer(3, "vlan"), arguments.boolean(4, "member")};
  if (kind == "multicast")
    return SetMulticast{arguments.macs(3, "addresses", kMostAddresses), arguments.boolean(4, "all")};
  throw Error(ErrorCode::kInvalidArgument, "no request is called " + printable(kind),
              "use mac, mtu, vlan or multicast");
}

/// A copy, so that the caller may close theirs whenever they like.
UniqueFd copy_descriptor(const Call& call, size_t at, const char* name) {
  const auto number = static_cast<int>(call.arguments.integer(at, name));
  UniqueFd copy(fcntl(number, F_DUPFD_CLOEXEC, 0));
  if (copy) return copy;
  if (lacks_descriptor(errno)) throw descriptor_error("cannot copy a descriptor", "fcntl", errno);
  throw Error(ErrorCode::kInvalidArgument,
              std::string(name) + " is " + std::to_string(number) + ", which is no open descriptor",
              "pass the numbers of descriptors that this process was handed");
}

/// Returns a function that opens the port: from the caller's descriptors, if there are any, or by path.
std::function<std::shared_ptr<Port>(const PortConfig&, const Port::Listener&)> opener_of(const Call& call) {
  if (!call.arguments.is_given(9))
    return [](const PortConfig& config, const Port::Listener& listener) {
      return pmd::open_port(config, listener);
    };
  auto descriptors = std::make_shared<vfio::Descriptors>(
      vfio::Descriptors{copy_descriptor(call, 9, "fds.container"), copy_descriptor(call, 10, "fds.group")});
  return [descriptors](const PortConfig& config, const Port::Listener& listener) {
    return pmd::open_port(config, std::move(*descriptors), listener);
  };
}

}  // namespace

napi_value capabilities(Call& call) {
  return to_js(call.js, find_target(call.arguments.text(0, "address")).capabilities);
}

napi_value open_port(Call& call) {
  PortConfig config = config_of(call.arguments);
  std::shared_ptr<PoolInUse> in_use;
  if (call.arguments.is_given(8)) {
    in_use = std::make_shared<PoolInUse>(call.arguments.integer(8, "pool"));
    config.pool = in_use->pool();
  }
  const Port::Listener listener = make_listener(call.env, call.arguments.function(11, "listener"));
  AsyncOp<Opened>::start(
      call.js, "pmd:openPort", done_of(call, 12),
      [config, in_use, listener, open = opener_of(call)] {
        return Opened(open(config, listener), in_use ? in_use->id() : 0);
      },
      [&env = call.env](Js js, Opened& opened) { return opened.describe(js, env); });
  return call.js.undefined();
}

napi_value close_port(Call& call) {
  port_of(call)->close([done = done_of(call, 1)] { done.settle(); });
  return call.js.undefined();
}

napi_value forget_port(Call& call) {
  const uint32_t id = call.arguments.integer(0, "port");
  call.env.own_ports.erase(id);
  uint32_t held = 0;
  for (const auto& ended : Registry::instance().remove_port(id)) {
    held += ended.pool->usage().application;
    call.env.own_pools.erase(ended.id);
    call.env.drop_everywhere(ended);
  }
  return call.js.number(held);
}

napi_value close_own_ports(Call& call) {
  call.env.close_own_ports();
  return call.js.undefined();
}

napi_value port_snapshot(Call& call) {
  const Js js = call.js;
  const auto port = port_of(call);
  const Port::Snapshot snapshot = port->snapshot();
  return js.object({{"state", js.text(name_of(port->state()))},
                    {"link", to_js(js, snapshot.link)},
                    {"mac", js.bytes(snapshot.settings.mac)},
                    {"mtu", js.number(snapshot.settings.mtu)},
                    {"recoveries", js.number(static_cast<double>(snapshot.recoveries))},
                    {"rx", stats_of(js, port->driver().rx_queues())},
                    {"tx", stats_of(js, port->driver().tx_queues())},
                    {"device", to_js(js, snapshot.counters, snapshot.losses)},
                    {"bus", to_object(js, snapshot.bus_counters)}});
}

napi_value refresh_port(Call& call) {
  // Jobs run right after a look at the device.
  port_of(call)->run([](Driver&) -> Task<> { co_return; }, finish(call, 1));
  return call.js.undefined();
}

napi_value port_request(Call& call) {
  const auto port = port_of(call);
  Request request = request_of(call.arguments);
  port->apply(std::move(request), finish(call, 2));
  return call.js.undefined();
}

napi_value inject_fault(Call& call) {
  port_of(call)->inject(call.arguments.text(1, "fault"));
  return call.js.undefined();
}

napi_value dump_registers(Call& call) {
  const auto dump = std::make_shared<RegisterDump>();
  port_of(call)->run(
      [dump](Driver& driver) -> Task<> {
        *dump = driver.dump_registers();
        co_return;
      },
      [done = done_of(call, 1), dump](std::exception_ptr failure) {
        done.settle(std::move(failure), [dump](Js js) { return to_object(js, *dump); });
      });
  return call.js.undefined();
}

}  // namespace pmd::binding
