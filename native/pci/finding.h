#pragma once

#include <string>
#include <vector>

#include "util/error.h"

namespace pmd::pci {

/// Something that keeps a device from being used, as data: errors and commands render it.
struct Finding {
  ErrorCode code;
  std::string subject;             ///< the device: its PCI address
  std::string evidence;            ///< what was seen, in one sentence
  std::vector<std::string> steps;  ///< what to do about it, in order
};

/// The error that an attempt to open the device ends with.
Error to_error(const Finding& finding);

}  // namespace pmd::pci
