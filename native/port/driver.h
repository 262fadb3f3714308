#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/mac_address.h"
#include "port/capabilities.h"
#include "port/control_thread.h"
#include "port/queue.h"
#include "port/request.h"
#include "util/task.h"

namespace pmd {

struct Link {
  bool up = false;
  uint32_t speed_mbps = 0;
  bool full_duplex = false;
  bool operator==(const Link&) const = default;
};

/// What the device counted by itself since the port was opened: 64 bits, never backwards. Empty where it
/// can't know.
struct DeviceCounters {
  std::optional<uint64_t> rx_packets, rx_bytes, rx_multicast, rx_missed, tx_packets, tx_bytes;
};

/// What a driver sets again after every reset.
struct NicSettings {
  MacAddress mac{};  ///< zero: the control peer's choice, or a random one when it has none
  uint32_t mtu = 1500;
  std::vector<uint32_t> vlans;
  std::vector<MacAddress> multicast;
  bool all_multicast = false;
};

/// What a driver is made of; checked against its capabilities.
struct DriverSetup {
  ControlThread& thread;
  std::shared_ptr<PacketPool> pool;
  uint32_t rx_queues = 1;
  uint32_t tx_queues = 1;
  uint32_t rx_ring = 512;  ///< descriptors of each RX queue
  uint32_t tx_ring = 512;
  bool chains = false;   ///< hands on received frames that take several buffers
  bool offloads = true;  ///< has the device meet requests, where it can
  NicSettings settings;
};

enum class Health : uint8_t {
  kGood,
  kNeedsReset,  ///< the device or its control peer was reset: set everything up again
  kGone,        ///< the device does not answer any more
};

/// Registers by name, for a bug report.
using RegisterDump = std::vector<std::pair<std::string, uint32_t>>;

/// What every driver offers to a port. All of it runs on the control thread, except the queues' bursts. The
/// control peer is whoever decides over the device from the other side: the driver of a physical function,
/// firmware, a kernel.
class Driver {
 public:
  virtual ~Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  virtual const Capabilities& capabilities() const noexcept = 0;

  /// Resets the device, shakes hands with the control peer, sends the settings, programs and starts the
  /// rings. The queues' gates are held. Works from any state of the device, so it also recovers. Throws
  /// Error(kPeerSilent, kDeviceTimeout, kRemoved), and the first time kPeerRefused. A setting that is refused
  /// later is told by take_refusals().
  virtual Task<> bring_up() = 0;
  /// Settings that the control peer has refused since the last call, each once: the device runs on without
  /// them. They are asked for again when the peer may have changed its mind.
  virtual std::vector<std::string> take_refusals() { return {}; }
  /// Stops the queues and the interrupts, within a bounded time and whatever the device answers; DMA has
  /// ended then.
  virtual void quiesce() noexcept = 0;
  /// Gives back every buffer of the rings and unmaps the memory. After quiesce().
  virtual void release() noexcept = 0;
  /// Looks at the device once: control peer, link, counters.
  virtual Task<Health> check() = 0;
  /// Carries out a request that validate() let pass. Throws Error(kPeerRefused, kPeerSilent) and then leaves
  /// the setting as it was. A request for what is so already succeeds.
  virtual Task<> apply(Request request) = 0;
  /// Makes every wait that is under way end at its next step, with Error(kClosed).
  virtual void cancel() noexcept = 0;
  /// Descriptors that ask for a check(): eventfds, or others that a read of eight bytes takes an event from.
  /// They live as long as the device.
  virtual std::vector<int> event_fds() const { return {}; }

  virtual Link link() const noexcept = 0;
  virtual const NicSettings& settings() const noexcept = 0;
  virtual DeviceCounters counters() const noexcept = 0;
  virtual std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept = 0;
  virtual std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept = 0;
  virtual RegisterDump dump_registers() { return {}; }

 protected:
  Driver() = default;
};

/// Makes the driver of a device that is open. Throws Error.
using DriverFactory = std::function<std::unique_ptr<Driver>(const DriverSetup&)>;

}  // namespace pmd
