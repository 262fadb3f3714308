#pragma once

#include <string>
#include <string_view>

namespace pmd::packet {

/// `packet:IFNAME[,promiscuous]`, taken apart.
struct Address {
  std::string text;
  std::string interface;
  bool promiscuous = false;  ///< receives frames for others, too
};

/// Throws Error(kAddress), with a hint that shows the right form.
Address parse_address(std::string_view text);

}  // namespace pmd::packet
