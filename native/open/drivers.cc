#include "open/drivers.h"

#include <algorithm>

#include "nic/igbvf/igb_vf.h"

namespace pmd {

namespace {

template <typename NicDriver>
std::unique_ptr<Driver> make(PciFunction& function, const DriverSetup& setup) {
  return std::make_unique<NicDriver>(function, setup);
}

/// One line a driver.
const DriverEntry kDrivers[] = {
    {"igbvf", igbvf::supported_devices(), igbvf::capabilities_of, make<igbvf::IgbVf>},
};

}  // namespace

const DriverEntry* find_driver(PciId id) noexcept {
  const auto drives = [id](const DriverEntry& entry) {
    return std::find(entry.ids.begin(), entry.ids.end(), id) != entry.ids.end();
  };
  const auto* const found = std::find_if(std::begin(kDrivers), std::end(kDrivers), drives);
  return found == std::end(kDrivers) ? nullptr : found;
}

std::vector<PciId> supported_ids() {
  std::vector<PciId> ids;
  for (const DriverEntry& entry : kDrivers) ids.insert(ids.end(), entry.ids.begin(), entry.ids.end());
  return ids;
}

}  // namespace pmd
