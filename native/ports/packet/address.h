#pragma once

#include <string>
#include <string_view>

namespace pmd::packet {

/// `packet:IFNAME[,promiscuous][,blocks]`, taken apart.
struct Address {
  std::string text;
  std::string interface;
  bool promiscuous = false;  ///< receives frames for others, too
  bool blocks = false;       ///< the kernel hands over blocks of frames
};

/// Throws Error(kAddress), with a hint that shows the right form.
Address parse_address(std::string_view text);

}  // namespace pmd::packet
