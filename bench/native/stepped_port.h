#pragma once

#include <memory>
#include <string>

#include "emulation/devices/igbvf/emulated_function.h"
#include "open/open_port.h"
#include "port/port.h"

namespace pmd::bench {

/// A port whose device moves only when the measuring thread says so: between two measurements it fills the RX
/// ring and sends what is in the TX ring. No other core, and no cache line of another core, is in a figure.
class SteppedPort {
 public:
  /// `config.address` is an emulated one with `peer=flood`. Throws Error.
  explicit SteppedPort(const PortConfig& config);
  ~SteppedPort();
  SteppedPort(const SteppedPort&) = delete;
  SteppedPort& operator=(const SteppedPort&) = delete;

  const std::shared_ptr<Port>& port() const noexcept { return port_; }
  RxQueue& rx() noexcept { return *port_->driver().rx_queues()[0]; }
  TxQueue& tx() noexcept { return *port_->driver().tx_queues()[0]; }

  void step() noexcept;

 private:
  emulation::EmulatedFunction* function_;  // the port's, until it is closed
  std::shared_ptr<Port> port_;
};

}  // namespace pmd::bench
