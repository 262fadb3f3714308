#include "ports/tap/address.h"

#include <net/if.h>

#include <algorithm>

#include "util/address_parts.h"

namespace pmd::tap {

namespace {

constexpr std::string_view kScheme = "tap:";
constexpr std::string_view kOwner = "owner=";
constexpr char kHint[] = "write tap:NAME[,persist][,owner=USER], for example tap:tap0";

/// What the kernel takes as a name. It would put a number in place of a %d.
bool is_name(std::string_view name) {
  const auto is_bad = [](char c) { return c <= ' ' || c > '~' || c == '/' || c == ':' || c == '%'; };
  return name != "." && name != ".." && std::ranges::none_of(name, is_bad);
}

void set_option(Address& address, std::string_view option) {
  if (option == "persist")
    address.persist = true;
  else if (option.starts_with(kOwner) && option.size() > kOwner.size())
    address.owner = option.substr(kOwner.size());
  else
    fail_option(address.text, option, kHint);
}

}  // namespace

Address parse_address(std::string_view text) {
  AddressParts parts(text, kScheme);
  Address address;
  address.text = text;
  address.interface = parts.name();
  if (address.interface.empty()) fail_address(text, "the name of an interface is missing", kHint);
  if (address.interface.size() >= IFNAMSIZ)
    fail_address(text, "no interface has a name of more than 15 bytes", kHint);
  if (!is_name(address.interface)) fail_address(text, "no interface can have this name", kHint);
  while (const auto option = parts.next_option()) set_option(address, *option);
  if (!address.owner.empty() && !address.persist)
    fail_address(text, "an owner opens what persists: add the option persist", kHint);
  return address;
}

}  // namespace pmd::tap
