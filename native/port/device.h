#pragma once

#include <string>
#include <utility>

#include "util/counter_list.h"
#include "util/fault_injector.h"
#include "util/frame_losses.h"

namespace pmd {

/// Who a port's device is.
struct DeviceIdentity {
  std::string address;  ///< the port address it was opened by
  std::string bus;      ///< what it is reached by: "vfio", "emulation", …
  std::string model;    ///< PCI vendor and device, as in "8086:10ca", or the name of what stands for them
};

/// All that a port needs from below its driver. It outlives the driver. Destroying it may block in the kernel
/// for seconds.
class Device {
 public:
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const DeviceIdentity& identity() const noexcept { return identity_; }

  /// Readable after the device reported a fatal error; -1 where it can't.
  virtual int error_fd() const noexcept { return -1; }
  /// Readable when the system wants the device back; -1 where it can't ask.
  virtual int removal_fd() const noexcept { return -1; }
  /// False once the device is known to be gone.
  virtual bool present() const noexcept = 0;
  /// What is counted below the driver, by name.
  virtual CounterList counters() const { return {}; }
  /// Any thread.
  virtual FrameLosses losses() const { return {}; }
  /// Null where nothing can be made to go wrong on demand.
  virtual FaultInjector* faults() noexcept { return nullptr; }

 protected:
  explicit Device(DeviceIdentity identity) : identity_(std::move(identity)) {}

 private:
  DeviceIdentity identity_;
};

}  // namespace pmd
