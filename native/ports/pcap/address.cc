#include "ports/pcap/address.h"

#include "util/address_parts.h"

namespace pmd::pcap {

namespace {

constexpr std::string_view kScheme = "pcap:";
constexpr std::string_view kOut = "out=";
constexpr char kHint[] =
    "write pcap:FILE[,loop][,original-time][,out=FILE] or pcap:,out=FILE; a name has no comma";

void set_option(Address& address, std::string_view option) {
  if (option == "loop")
    address.loop = true;
  else if (option == "original-time")
    address.original_time = true;
  else if (option.starts_with(kOut) && option.size() > kOut.size())
    address.out = option.substr(kOut.size());
  else
    fail_option(address.text, option, kHint);
}

}  // namespace

Address parse_address(std::string_view text) {
  AddressParts parts(text, kScheme);
  Address address;
  address.text = text;
  address.in = parts.name();
  while (const auto option = parts.next_option()) set_option(address, *option);
  if (address.in.empty() && address.out.empty()) fail_address(text, "it names no file", kHint);
  if (address.in.empty() && (address.loop || address.original_time))
    fail_address(text, "loop and original-time are about a file that is read", kHint);
  return address;
}

}  // namespace pmd::pcap
