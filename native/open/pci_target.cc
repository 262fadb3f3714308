#include "open/pci_target.h"

#include <string>
#include <utility>

#include "nic/pci_device.h"
#include "util/error.h"

namespace pmd {

const DriverEntry& driver_for(PciId id) {
  if (const DriverEntry* const driver = find_driver(id)) return *driver;
  std::string known;
  for (const PciId supported : supported_ids()) known += (known.empty() ? "" : ", ") + to_string(supported);
  throw Error(ErrorCode::kUnsupportedDevice, "no driver knows the device " + to_string(id),
              "supported are " + known);
}

OpenDevice open_device(std::unique_ptr<PciFunction> function, const DriverEntry& driver) {
  PciFunction& open = *function;
  const auto make_driver = [&open, &driver](const DriverSetup& setup) { return driver.make(open, setup); };
  return {std::make_unique<PciDevice>(std::move(function)), open.dma().memory(), make_driver};
}

Target pci_target(PciId id, OpenFunction open) {
  const DriverEntry& driver = driver_for(id);
  return {driver.capabilities(id), [open = std::move(open), &driver] { return open_device(open(), driver); }};
}

}  // namespace pmd
