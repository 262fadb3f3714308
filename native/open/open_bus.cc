#include "open/open_bus.h"

#include "emulation/devices/igbvf/emulated_bus.h"
#include "pci/pci_address.h"
#include "util/error.h"
#include "util/printable.h"
#include "vfio/vfio_bus.h"

namespace pmd {

std::unique_ptr<Bus> open_bus(std::string_view address, std::span<const PciId> supported) {
  if (address.starts_with("emu:")) return emulation::open_emulated(address);
  if (address.find('.') != std::string_view::npos)  // meant as a PCI address: say what is wrong with it
    return vfio::open_vfio(vfio::PciAddress::parse(address), supported);
  throw Error(
      ErrorCode::kAddress, "no scheme accepts the address \"" + printable(address) + '"',
      "use 0000:01:10.0 for a VF by its PCI address (in lower case, with its domain), or emu:NAME for a "
      "software VF");
}

}  // namespace pmd
