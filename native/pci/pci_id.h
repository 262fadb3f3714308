#pragma once

#include <cstdint>
#include <string>

namespace pmd {

/// A vendor and device number, as in 8086:10ca.
struct PciId {
  uint16_t vendor = 0;
  uint16_t device = 0;
  constexpr bool operator==(const PciId&) const = default;
};

std::string to_string(PciId id);

}  // namespace pmd
