#pragma once

#include <functional>
#include <memory>

#include "dma/region.h"
#include "port/capabilities.h"
#include "port/device.h"
#include "port/driver.h"

namespace pmd {

/// A device that is open, and what makes its driver.
struct OpenDevice {
  std::unique_ptr<Device> device;
  MemorySource& memory;  ///< the device's: what a private pool is made of
  DriverFactory make_driver;
};

/// What an address names: found, and not yet opened.
struct Target {
  Capabilities capabilities;
  /// Takes the device. Blocks. Throws Error.
  std::function<OpenDevice()> open;
};

}  // namespace pmd
