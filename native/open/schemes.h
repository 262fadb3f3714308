#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "open/target.h"

namespace pmd {

/// A kind of address.
struct Scheme {
  std::string_view form;  ///< as users type it: "emu:NAME"
  std::string_view help;  ///< what it opens, in one line
  bool (*accepts)(std::string_view address);
  /// Throws Error(kAddress) for a malformed address, and what says that there is no such device.
  Target (*find)(std::string_view address);
};

/// The table, in the order in which schemes are asked.
std::vector<Scheme> schemes();
/// Adds a scheme: for tests. Before any port is opened.
void add_scheme(const Scheme& scheme);

/// Finds what an address names. Throws Error(kAddress), which lists the schemes, and what a scheme throws.
Target find_target(std::string_view address);

}  // namespace pmd
