#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/mac_address.h"
#include "pci/bus.h"
#include "port/queue.h"
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

/// What is sent to the PF again after every reset.
struct NicSettings {
  MacAddress mac{};  ///< zero: the PF's choice, or a random one when it has none
  uint16_t mtu = 1500;
  std::vector<uint16_t> vlans;
  std::vector<MacAddress> multicast;
  bool all_multicast = false;
};

enum class Health : uint8_t {
  kGood,
  kNeedsReset,  ///< the PF was reset, or the device behind our back: handshake again, program the rings again
  kGone,        ///< reads all ones, or zeros where zeros can't be
};

/// What every NIC driver offers to a port. All of it runs on the control thread, except the queues' bursts.
class Driver {
 public:
  virtual ~Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Resets the device, shakes hands with the PF, sends the settings, programs and starts the rings. The
  /// queues' gates are held. Works from any state of the device, so it also recovers. Throws Error(kPfSilent,
  /// kPfRefused, kDeviceTimeout, kRemoved).
  virtual Task<> bring_up() = 0;
  /// Stops the queues and the interrupts, within a bounded time and whatever the device answers; DMA has
  /// ended then.
  virtual void quiesce() noexcept = 0;
  /// Gives back every buffer of the rings and unmaps the memory. After quiesce().
  virtual void release() noexcept = 0;
  /// One look at the device: mailbox, link, counters.
  virtual Task<Health> check() = 0;
  /// The interrupt vector of RxQueue::request_interrupt; the others mean "check".
  virtual unsigned rx_vector() const noexcept = 0;
  /// Masks that interrupt again: it was taken.
  virtual void mask_rx_interrupt() noexcept = 0;
  /// Makes every wait that is under way end at its next step, with Error(kClosed).
  virtual void cancel() noexcept = 0;

  virtual Link link() const noexcept = 0;
  virtual const NicSettings& settings() const noexcept = 0;
  virtual DeviceCounters counters() const noexcept = 0;
  virtual std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept = 0;
  virtual std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept = 0;
  /// Name and value of every register: for a bug report.
  virtual std::vector<std::pair<std::string, uint32_t>> dump_registers() = 0;

  // Each throws Error(kInvalidArgument, kPfRefused, kPfSilent) and then leaves the setting as it was.
  virtual Task<> set_mac(MacAddress mac) = 0;
  virtual Task<> set_mtu(uint16_t mtu) = 0;
  virtual Task<> set_vlan(uint16_t id, bool member) = 0;
  virtual Task<> set_multicast(std::vector<MacAddress> addresses, bool all) = 0;

 protected:
  Driver() = default;
};

}  // namespace pmd
