#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pmd::pci {

/// Where a PCI function sits: domain:bus:device.function. Made only by parsing, so every value is safe in a
/// path.
class PciAddress {
 public:
  /// Accepts what `lspci -D` prints and sysfs names: 0000:01:10.0, in lower case. Throws Error(kAddress),
  /// whose hint says what is wrong.
  static PciAddress parse(std::string_view text);
  static std::optional<PciAddress> try_parse(std::string_view text) noexcept;

  /// As sysfs spells it: at least four digits of domain.
  std::string to_string() const;

  uint32_t domain() const noexcept { return domain_; }
  uint8_t bus() const noexcept { return bus_; }
  uint8_t device() const noexcept { return device_; }
  uint8_t function() const noexcept { return function_; }
  auto operator<=>(const PciAddress&) const = default;

 private:
  PciAddress(uint32_t domain, uint8_t bus, uint8_t device, uint8_t function)
      : domain_(domain), bus_(bus), device_(device), function_(function) {}

  uint32_t domain_;
  uint8_t bus_;
  uint8_t device_;
  uint8_t function_;
};

}  // namespace pmd::pci
