#include "open/schemes.h"

#include <algorithm>
#include <string>

#include "emulation/devices/igbvf/emulated_function.h"
#include "open/pci_target.h"
#include "pci/diagnosis.h"
#include "pci/pci_address.h"
#include "ports/packet/driver.h"
#include "ports/pcap/driver.h"
#include "ports/tap/driver.h"
#include "util/error.h"
#include "util/printable.h"
#include "vfio/function.h"

namespace pmd {

namespace {

/// Anything with a dot is meant as a PCI address: its parser says what is wrong with it.
bool is_pci_address(std::string_view address) {
  return address.find('.') != std::string_view::npos;
}

Target find_pci_function(std::string_view text) {
  const auto address = pci::PciAddress::parse(text);
  const auto facts = pci::inspect({}, address);
  pci::check_openable(facts, supported_ids());
  return pci_target(facts.id, [address] { return vfio::open_vfio(address, supported_ids()); });
}

bool is_emulated(std::string_view address) {
  return address.starts_with("emu:");
}

Target find_emulated(std::string_view text) {
  const bool offloads = emulation::parse_address(text).offloads;
  Target target = pci_target(emulation::kEmulatedId,
                             [address = std::string(text)] { return emulation::open_emulated(address); });
  if (!offloads) target.capabilities = without_offloads(std::move(target.capabilities));
  return target;
}

bool is_packet_address(std::string_view address) {
  return address.starts_with("packet:");
}

bool is_tap_address(std::string_view address) {
  return address.starts_with("tap:");
}

bool is_pcap_address(std::string_view address) {
  return address.starts_with("pcap:");
}

/// A device without PCI, whose driver is made for it alone.
template <typename PortDevice, typename PortDriver, typename Address>
Target device_target(Capabilities capabilities, Address address) {
  return {std::move(capabilities), [address = std::move(address)] {
            auto device = std::make_unique<PortDevice>(address);
            PortDevice& open = *device;
            const auto make = [&open](const DriverSetup& setup) {
              return std::make_unique<PortDriver>(open, setup);
            };
            return OpenDevice{std::move(device), open.memory(), make};
          }};
}

Target find_interface(std::string_view text) {
  return device_target<packet::PacketDevice, packet::PacketDriver>(packet::packet_capabilities(),
                                                                   packet::parse_address(text));
}

Target find_tap(std::string_view text) {
  return device_target<tap::TapDevice, tap::TapDriver>(tap::tap_capabilities(), tap::parse_address(text));
}

Target find_capture(std::string_view text) {
  const pcap::Address address = pcap::parse_address(text);
  return device_target<pcap::PcapDevice, pcap::PcapDriver>(pcap::pcap_capabilities(address), address);
}

/// One line a scheme.
std::vector<Scheme>& table() {
  static std::vector<Scheme> entries{
      {"emu:NAME", "an emulated NIC", is_emulated, find_emulated},
      {"packet:IFNAME", "a network interface of the kernel's", is_packet_address, find_interface},
      {"tap:NAME", "a TAP interface, whose far end is the kernel", is_tap_address, find_tap},
      {"pcap:FILE", "a capture file", is_pcap_address, find_capture},
      {"0000:01:10.0", "a PCI function that is bound to vfio-pci, in lower case and with its domain",
       is_pci_address, find_pci_function},
  };
  return entries;
}

std::string forms() {
  std::string text;
  for (const Scheme& scheme : table())
    text += (text.empty() ? "use " : ", or ") + std::string(scheme.form) + " for " + std::string(scheme.help);
  return text;
}

}  // namespace

std::vector<Scheme> schemes() {
  return table();
}

void add_scheme(const Scheme& scheme) {
  table().insert(table().begin(), scheme);
}

Target find_target(std::string_view address) {
  const auto& entries = table();
  const auto accepts = [address](const Scheme& scheme) { return scheme.accepts(address); };
  const auto found = std::find_if(entries.begin(), entries.end(), accepts);
  if (found != entries.end()) return found->find(address);
  throw Error(ErrorCode::kAddress, "no scheme accepts the address \"" + printable(address) + '"', forms());
}

}  // namespace pmd
