#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pci/function.h"
#include "port/port.h"
#include "vfio/function.h"

namespace pmd {

/// How a port is to be opened.
struct PortConfig {
  std::string address;
  std::shared_ptr<PacketPool> pool;  ///< null: a private one, made from the device's memory
  uint32_t rx_queues = 0;            ///< 0: as many as the device has
  uint32_t tx_queues = 0;
  /// Descriptors of each RX queue: a power of two. Default: 512, or the nearest that the device takes.
  std::optional<uint32_t> rx_ring{};
  std::optional<uint32_t> tx_ring{};
  bool chains = false;  ///< hands on received frames that take several buffers
  NicSettings settings;
  HugePages huge_pages = HugePages::kTry;  ///< for a private pool
};

/// Opens the port that an address names: finds the device by the address's scheme and the driver by the
/// device. Blocks. Throws Error; nothing has changed then.
std::shared_ptr<Port> open_port(const PortConfig& config, Port::Listener listener);

/// The same for a process that was handed descriptors of the device's group and of a container.
/// `config.address` must be a PCI address; no path is opened.
std::shared_ptr<Port> open_port(const PortConfig& config, vfio::Descriptors descriptors,
                                Port::Listener listener);

/// The same over a PCI function that is open already; `config.address` is not looked at.
std::shared_ptr<Port> open_port_on(std::unique_ptr<PciFunction> function, const PortConfig& config,
                                   Port::Listener listener);

}  // namespace pmd
