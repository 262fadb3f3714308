#include "open/diagnose.h"

#include "open/drivers.h"
#include "pci/diagnosis.h"
#include "vfio/findings.h"

namespace pmd {

std::vector<pci::Finding> diagnose(const pci::PciAddress& address, const pci::SysfsRoot& root,
                                   uint64_t bytes) {
  const auto facts = pci::inspect(root, address);
  if (auto obstacle = pci::find_obstacle(facts, supported_ids(), root)) return {std::move(*obstacle)};
  return vfio::find_refusals(facts, root, bytes);
}

}  // namespace pmd
