#include "ports/packet/address.h"

#include <net/if.h>

#include "util/address_parts.h"

namespace pmd::packet {

namespace {

constexpr std::string_view kScheme = "packet:";
constexpr char kHint[] = "write packet:IFNAME[,promiscuous][,blocks], for example packet:eth0";

}  // namespace

Address parse_address(std::string_view text) {
  AddressParts parts(text, kScheme);
  Address address;
  address.text = text;
  address.interface = parts.name();
  if (address.interface.empty()) fail_address(text, "the name of an interface is missing", kHint);
  if (address.interface.size() >= IFNAMSIZ)
    fail_address(text, "no interface has a name of more than 15 bytes", kHint);
  while (const auto option = parts.next_option()) {
    if (*option == "promiscuous")
      address.promiscuous = true;
    else if (*option == "blocks")
      address.blocks = true;
    else
      fail_option(text, *option, kHint);
  }
  return address;
}

}  // namespace pmd::packet
