#pragma once

#include <string>
#include <string_view>

namespace pmd::tap {

/// `tap:NAME[,persist][,owner=USER|UID]`, taken apart.
struct Address {
  std::string text;
  std::string interface;
  bool persist = false;  ///< the interface stays when the port closes
  std::string owner;     ///< who may open it then, by name or number; empty: not set
};

/// Throws Error(kAddress), with a hint that shows the right form.
Address parse_address(std::string_view text);

}  // namespace pmd::tap
