#include "ports/tap/address.h"

#include <net/if.h>

#include <algorithm>

#include "util/error.h"
#include "util/printable.h"

namespace pmd::tap {

namespace {

constexpr std::string_view kScheme = "tap:";
constexpr std::string_view kOwner = "owner=";

[[noreturn]] void fail(std::string_view text, const std::string& reason) {
  throw Error(ErrorCode::kAddress, "bad address \"" + printable(text) + "\": " + reason,
              "write tap:NAME[,persist][,owner=USER], for example tap:tap0");
}

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
    fail(address.text, "it has no option \"" + printable(option) + '"');
}

}  // namespace

Address parse_address(std::string_view text) {
  Address address;
  address.text = text;
  std::string_view rest = text.substr(kScheme.size());
  address.interface = rest.substr(0, rest.find(','));
  if (address.interface.empty()) fail(text, "the name of an interface is missing");
  if (address.interface.size() >= IFNAMSIZ) fail(text, "no interface has a name of more than 15 bytes");
  if (!is_name(address.interface)) fail(text, "no interface can have this name");
  while (rest.find(',') != std::string_view::npos) {
    rest = rest.substr(rest.find(',') + 1);
    set_option(address, rest.substr(0, rest.find(',')));
  }
  if (!address.owner.empty() && !address.persist)
    fail(text, "an owner opens what persists: add the option persist");
  return address;
}

}  // namespace pmd::tap
