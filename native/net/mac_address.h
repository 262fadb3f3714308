#pragma once

#include <array>
#include <cstdint>

namespace pmd {

using MacAddress = std::array<uint8_t, 6>;

constexpr bool is_zero(const MacAddress& mac) noexcept {
  return mac == MacAddress{};
}
constexpr bool is_multicast(const MacAddress& mac) noexcept {
  return (mac[0] & 1) != 0;
}

/// A random unicast address of the locally administered kind, for a VF whose PF assigned none.
MacAddress random_mac();

}  // namespace pmd
