#include "pci/pci_id.h"

#include <array>
#include <cstdio>

namespace pmd {

std::string to_string(PciId id) {
  std::array<char, 10> text;
  std::snprintf(text.data(), text.size(), "%04x:%04x", id.vendor, id.device);
  return text.data();
}

}  // namespace pmd
