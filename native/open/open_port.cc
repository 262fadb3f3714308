#include "open/open_port.h"

#include <bit>

#include "open/pci_target.h"
#include "open/schemes.h"
#include "util/printable.h"

namespace pmd {

namespace {

constexpr uint32_t kBurst = 64;  ///< frames that an application holds while it works on a burst
constexpr uint32_t kRing = 512;

/// How many descriptors a ring gets: as many as wanted, or the default as far as the device allows it.
uint32_t ring(const char* name, std::optional<uint32_t> wanted, Range range) {
  const uint32_t size = wanted.value_or(std::clamp(kRing, range.least, range.most));
  if (std::has_single_bit(size) && range.contains(size)) return size;
  throw Error(ErrorCode::kInvalidArgument,
              std::string(name) + " ring of " + std::to_string(size) + " descriptors",
              "use a power of two from " + std::to_string(range.least) + " to " + std::to_string(range.most));
}

/// How many queues a port gets of those that its device has.
uint32_t queues(const char* name, uint32_t wanted, uint32_t most) {
  if (wanted <= most) return wanted == 0 ? most : wanted;
  throw Error(ErrorCode::kInvalidArgument, std::to_string(wanted) + " " + name + " queues",
              "the device has " + std::to_string(most) + ": use 1 to " + std::to_string(most));
}

/// Throws Error(kInvalidArgument) for what the device can't be.
DriverSetup set_up(const PortConfig& config, const Capabilities& capabilities) {
  const uint32_t rx_ring = ring("an RX", config.rx_ring, capabilities.rx_ring);
  const uint32_t tx_ring = ring("a TX", config.tx_ring, capabilities.tx_ring);
  if (config.chains && !capabilities.chains)
    throw Error(ErrorCode::kInvalidArgument,
                "the " + capabilities.driver + " driver receives no frames of several buffers",
                "open the port without chains");
  const uint32_t data_room = config.pool ? config.pool->data_room() : kDataRooms.back();
  validate_mtu(config.settings.mtu, capabilities, config.chains ? kAnyRoom : data_room);
  if (!is_zero(config.settings.mac)) validate_mac(config.settings.mac, capabilities);
  return {.thread = ControlThread::instance(),
          .pool = config.pool,
          .rx_queues = queues("RX", config.rx_queues, capabilities.rx_queues),
          .tx_queues = queues("TX", config.tx_queues, capabilities.tx_queues),
          .rx_ring = rx_ring,
          .tx_ring = tx_ring,
          .chains = config.chains,
          .offloads = capabilities.tx_native != 0,
          .settings = config.settings};
}

/// Buffers that a port takes from its pool at most, or may keep others from taking: its rings, what a
/// thread's cache holds, and a burst in the application's hands each way.
uint32_t buffers_needed(const DriverSetup& setup) noexcept {
  return setup.rx_queues * setup.rx_ring + setup.tx_queues * setup.tx_ring + PoolCache::kKeep + 2 * kBurst;
}

std::shared_ptr<Port> launch(OpenDevice opened, DriverSetup setup, HugePages huge_pages,
                             Port::Listener listener) {
  const uint32_t needed = buffers_needed(setup);
  if (!setup.pool) {
    const PoolOptions options{
        .buffers = std::bit_ceil(needed),
        .data_room = setup.chains ? kDataRooms.front() : data_room_for(setup.settings.mtu),
        .huge_pages = huge_pages};
    setup.pool = std::make_shared<PacketPool>(options, opened.memory);
  }
  return Port::open(std::move(opened.device), opened.make_driver, std::move(setup), needed,
                    std::move(listener));
}

}  // namespace

std::shared_ptr<Port> open_port(const PortConfig& config, Port::Listener listener) {
  try {
    const Target target = find_target(config.address);
    DriverSetup setup = set_up(config, target.capabilities);
    return launch(target.open(), std::move(setup), config.huge_pages, std::move(listener));
  } catch (Error& error) {
    // An address that no scheme accepts may hold anything.
    const bool malformed = error.code == ErrorCode::kAddress;
    throw std::move(error).at(malformed ? printable(config.address) : config.address);
  }
}

std::shared_ptr<Port> open_port(const PortConfig& config, vfio::Descriptors descriptors,
                                Port::Listener listener) {
  const auto address = pci::PciAddress::parse(config.address);
  try {
    return open_port_on(vfio::open_vfio(address, std::move(descriptors)), config, std::move(listener));
  } catch (Error& error) {
    throw std::move(error).at(config.address);
  }
}

std::shared_ptr<Port> open_port_on(std::unique_ptr<PciFunction> function, const PortConfig& config,
                                   Port::Listener listener) {
  const PciId id = function->identity().id;
  const DriverEntry& driver = driver_for(id);
  DriverSetup setup = set_up(config, driver.capabilities(id));
  return launch(open_device(std::move(function), driver), std::move(setup), config.huge_pages,
                std::move(listener));
}

}  // namespace pmd
