#include "pci/pci_address.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "util/error.h"
#include "util/printable.h"

namespace pmd::pci {

namespace {

/// ":01:10.0", what follows the domain.
constexpr size_t kTailLength = 8;
constexpr size_t kMinimumDomain = 4;
constexpr size_t kMaximumDomain = 8;

/// -1 for anything but a lower-case hexadecimal digit. Not isxdigit(): that depends on the locale.
constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<uint32_t> hex_value(std::string_view text) {
  uint32_t value = 0;
  for (const char c : text) {
    const int digit = digit_value(c);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

/// Guesses which nearly right address was meant; only to be shown, never to be used.
std::optional<PciAddress> nearest(std::string_view text) {
  if (text.size() > kMaximumDomain + kTailLength + 2) return std::nullopt;
  std::string candidate;
  for (const char c : text) {
    if (c >= 'A' && c <= 'F') {
      candidate += static_cast<char>(c - 'A' + 'a');
    } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      candidate += c;
    }
  }
  if (candidate.size() == kTailLength - 1) candidate.insert(0, "0000:");
  return PciAddress::try_parse(candidate);
}

/// The first of a list of addresses, as Kubernetes hands them out.
std::optional<PciAddress> first_of_list(std::string_view text) {
  const size_t comma = text.find(',');
  return comma == std::string_view::npos ? std::nullopt : PciAddress::try_parse(text.substr(0, comma));
}

}  // namespace

std::optional<PciAddress> PciAddress::try_parse(std::string_view text) noexcept {
  if (text.size() < kMinimumDomain + kTailLength || text.size() > kMaximumDomain + kTailLength) {
    return std::nullopt;
  }
  const auto tail = text.substr(text.size() - kTailLength);
  if (tail[0] != ':' || tail[3] != ':' || tail[6] != '.') return std::nullopt;
  const auto domain = hex_value(text.substr(0, text.size() - kTailLength));
  const auto bus = hex_value(tail.substr(1, 2));
  const auto device = hex_value(tail.substr(4, 2));
  const auto function = hex_value(tail.substr(7, 1));
  if (!domain || !bus || !device || !function) return std::nullopt;
  if (*device > 0x1F || *function > 7) return std::nullopt;
  return PciAddress(*domain, static_cast<uint8_t>(*bus), static_cast<uint8_t>(*device),
                    static_cast<uint8_t>(*function));
}

PciAddress PciAddress::parse(std::string_view text) {
  if (const auto address = try_parse(text)) return *address;
  std::string hint = "write it as `lspci -D` prints it, in lower case: 0000:01:10.0";
  if (const auto meant = nearest(text)) hint = "did you mean " + meant->to_string() + "?";
  if (const auto first = first_of_list(text))
    hint = "it is a list: split it at its commas, and open one port for each address, such as " +
           first->to_string();
  throw Error(ErrorCode::kAddress, "\"" + printable(text) + "\" is not a PCI address", hint);
}

std::string PciAddress::to_string() const {
  std::array<char, 20> text;
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.%x", domain_, bus_, device_, function_);
  return text.data();
}

}  // namespace pmd::pci
