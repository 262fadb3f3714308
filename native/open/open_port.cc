#include "open/open_port.h"

#include <algorithm>
#include <bit>

#include "nic/igbvf/igb_vf.h"
#include "open/open_bus.h"
#include "util/printable.h"

namespace pmd {

namespace {

constexpr uint32_t kBurst = 64;  ///< frames that an application holds while it works on a burst

void check_ring(const char* name, uint32_t size) {
  if (std::has_single_bit(size) && size >= igbvf::kMinRing && size <= igbvf::kMaxRing) return;
  throw Error(ErrorCode::kInvalidArgument,
              std::string(name) + " ring of " + std::to_string(size) + " descriptors",
              "use a power of two from " + std::to_string(igbvf::kMinRing) + " to " +
                  std::to_string(igbvf::kMaxRing));
}

void check(const PortConfig& config) {
  check_ring("an RX", config.rx_ring);
  check_ring("a TX", config.tx_ring);
  const NicSettings& settings = config.settings;
  if (settings.mtu < igbvf::kMinMtu || settings.mtu > igbvf::kMaxMtu)
    throw Error(ErrorCode::kInvalidArgument, "an MTU of " + std::to_string(settings.mtu),
                "use " + std::to_string(igbvf::kMinMtu) + " to " + std::to_string(igbvf::kMaxMtu) +
                    ": a frame must fit one buffer");
  if (is_multicast(settings.mac))
    throw Error(ErrorCode::kInvalidArgument, "the MAC address is a multicast address",
                "the lowest bit of its first byte must be 0");
}

}  // namespace

uint32_t buffers_needed(const PortConfig& config) noexcept {
  return config.rx_ring + config.tx_ring + PoolCache::kKeep + 2 * kBurst;
}

std::shared_ptr<Port> open_port(const PortConfig& config, Port::Listener listener) {
  check(config);
  try {
    return open_port_on(open_bus(config.address, igbvf::supported_devices()), config, std::move(listener));
  } catch (Error& error) {
    // An address that no scheme accepts may hold anything.
    const bool malformed = error.code == ErrorCode::kAddress;
    throw std::move(error).at(malformed ? printable(config.address) : config.address);
  }
}

std::shared_ptr<Port> open_port_on(std::unique_ptr<Bus> bus, const PortConfig& config,
                                   Port::Listener listener) {
  check(config);
  const uint32_t needed = buffers_needed(config);
  std::shared_ptr<PacketPool> pool = config.pool;
  if (!pool) {
    const PoolOptions options{.buffers = std::bit_ceil(needed), .huge_pages = config.huge_pages};
    pool = std::make_shared<PacketPool>(options, bus->memory());
  }
  const auto make_driver = [&](Bus& device, ControlThread& thread) -> std::unique_ptr<Driver> {
    const igbvf::RingSizes rings{.rx = config.rx_ring, .tx = config.tx_ring};
    return std::make_unique<igbvf::IgbVf>(device, thread, pool, rings, config.settings);
  };
  return Port::open(std::move(bus), pool, needed, make_driver, std::move(listener));
}

}  // namespace pmd
