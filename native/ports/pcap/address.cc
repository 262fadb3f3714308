#include "ports/pcap/address.h"

#include "util/error.h"
#include "util/printable.h"

namespace pmd::pcap {

namespace {

constexpr std::string_view kScheme = "pcap:";
constexpr std::string_view kOut = "out=";

[[noreturn]] void fail(std::string_view text, const std::string& reason) {
  throw Error(ErrorCode::kAddress, "bad address \"" + printable(text) + "\": " + reason,
              "write pcap:FILE[,loop][,original-time][,out=FILE] or pcap:,out=FILE; a name has no comma");
}

void set_option(Address& address, std::string_view option) {
  if (option == "loop")
    address.loop = true;
  else if (option == "original-time")
    address.original_time = true;
  else if (option.starts_with(kOut) && option.size() > kOut.size())
    address.out = option.substr(kOut.size());
  else
    fail(address.text, "it has no option \"" + printable(option) + '"');
}

}  // namespace

Address parse_address(std::string_view text) {
  Address address;
  address.text = text;
  std::string_view rest = text.substr(kScheme.size());
  address.in = rest.substr(0, rest.find(','));
  while (rest.find(',') != std::string_view::npos) {
    rest = rest.substr(rest.find(',') + 1);
    set_option(address, rest.substr(0, rest.find(',')));
  }
  if (address.in.empty() && address.out.empty()) fail(text, "it names no file");
  if (address.in.empty() && (address.loop || address.original_time))
    fail(text, "loop and original-time are about a file that is read");
  return address;
}

}  // namespace pmd::pcap
