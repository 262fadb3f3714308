#pragma once

#include <memory>
#include <string>

#include "port/port.h"

namespace pmd {

/// How a port is to be opened.
struct PortConfig {
  std::string address;
  std::shared_ptr<PacketPool> pool;  ///< null: a private one, made from the bus's memory
  uint32_t rx_ring = 512;            ///< descriptors: a power of two, 32 to 4096
  uint32_t tx_ring = 512;
  NicSettings settings;
  HugePages huge_pages = HugePages::kTry;  ///< for a private pool
};

/// Buffers that a port takes from its pool at most, or may keep others from taking: its rings, what a
/// thread's cache holds, and a burst in the application's hands each way.
uint32_t buffers_needed(const PortConfig& config) noexcept;

/// Opens the port that an address names: finds the bus by the address's scheme, the driver by the device's
/// id. Blocks. Throws Error; nothing has changed then.
std::shared_ptr<Port> open_port(const PortConfig& config, Port::Listener listener);

/// The same over a bus that is open already; `config.address` is not looked at.
std::shared_ptr<Port> open_port_on(std::unique_ptr<Bus> bus, const PortConfig& config,
                                   Port::Listener listener);

}  // namespace pmd
