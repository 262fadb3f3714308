#include "ports/packet/address.h"

#include <net/if.h>

#include "util/error.h"
#include "util/printable.h"

namespace pmd::packet {

namespace {

constexpr std::string_view kScheme = "packet:";

[[noreturn]] void fail(std::string_view text, const std::string& reason) {
  throw Error(ErrorCode::kAddress, "bad address \"" + printable(text) + "\": " + reason,
              "write packet:IFNAME[,promiscuous][,blocks], for example packet:eth0");
}

}  // namespace

Address parse_address(std::string_view text) {
  Address address;
  address.text = text;
  std::string_view rest = text.substr(kScheme.size());
  const size_t comma = rest.find(',');
  address.interface = rest.substr(0, comma);
  if (address.interface.empty()) fail(text, "the name of an interface is missing");
  if (address.interface.size() >= IFNAMSIZ) fail(text, "no interface has a name of more than 15 bytes");
  while (rest.find(',') != std::string_view::npos) {
    rest = rest.substr(rest.find(',') + 1);
    const std::string_view option = rest.substr(0, rest.find(','));
    if (option == "promiscuous")
      address.promiscuous = true;
    else if (option == "blocks")
      address.blocks = true;
    else
      fail(text, "it has no option \"" + printable(option) + '"');
  }
  return address;
}

}  // namespace pmd::packet
