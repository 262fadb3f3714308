// Port addresses, as anybody may type them: PCI addresses, which end up in paths, and those of software VFs.

#include <net/if.h>

#include <algorithm>
#include <string>

#include "emulation/net/address.h"
#include "input.h"
#include "net/frame.h"
#include "open/schemes.h"
#include "pci/pci_address.h"
#include "ports/tap/address.h"
#include "util/error.h"

namespace {

using namespace pmd;
using fuzz::require;

/// What a person gets to see of a hostile address.
void check_error(const Error& error) {
  require(error.code == ErrorCode::kAddress, "a bad address is ERR_PMD_ADDRESS");
  require(!error.hint.empty(), "an error says what to do");
  const std::string text = error.what() + error.hint + error.address;
  require(text.size() < 2048, "an error is short");
  require(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }),
          "an error is printable");
}

void try_pci(std::string_view text) {
  const auto parsed = pci::PciAddress::try_parse(text);
  if (!parsed) {
    try {
      pci::PciAddress::parse(text);
      require(false, "parse() refuses what try_parse() refuses");
    } catch (const Error& error) {
      check_error(error);
    }
    return;
  }
  const std::string canonical = parsed->to_string();
  require(canonical.find_first_not_of("0123456789abcdef:.") == std::string::npos,
          "an address is safe in a path");
  require(canonical.size() >= 12 && canonical.size() <= 16, "an address has a length");
  require(canonical.find("..") == std::string::npos, "an address leaves no directory");
  require(pci::PciAddress::try_parse(canonical) == parsed, "an address survives being printed");
}

void try_emulation(const std::string& text) {
  try {
    const emulation::Address address = emulation::parse_address(text);
    require(!address.name.empty() && address.name.size() <= 32, "a name has a length");
    require(address.min_size >= kMinFrameOnWire && address.min_size <= address.max_size &&
                address.max_size <= emulation::kMaxFloodFrame,
            "sizes are in range");
  } catch (const Error& error) {
    check_error(error);
  }
}

void try_tap(const std::string& text) {
  try {
    const tap::Address address = tap::parse_address(text);
    require(!address.interface.empty() && address.interface.size() < IFNAMSIZ, "a name has a length");
    require(address.interface.find_first_of("/:% ") == std::string::npos, "the kernel takes the name");
  } catch (const Error& error) {
    check_error(error);
  }
}

/// The choice of a scheme; only what opens nothing and reads nothing.
void try_scheme(const std::string& text) {
  constexpr std::string_view kSchemes[] = {"packet:", "tap:", "pcap:"};
  const bool has_scheme =
      std::ranges::any_of(kSchemes, [&text](std::string_view scheme) { return text.starts_with(scheme); });
  if (!has_scheme && (text.starts_with("emu:") || text.find('.') != std::string::npos)) return;
  try {
    find_target(text);
    require(has_scheme, "no scheme takes it");
  } catch (const Error& error) {
    check_error(error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try_pci(text);
  try_emulation(text);
  try_emulation("emu:" + text);
  try_tap("tap:" + text);
  try_scheme(text);
  try_scheme("packet:" + text);
  try_scheme("pcap:" + text);
  return 0;
}
