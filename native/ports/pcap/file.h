#pragma once

#include <string>

#include "util/unique_fd.h"

namespace pmd::pcap {

// Both refuse what is not a regular file, and what another port has: reading and writing the same file would
// tear it. Throw Error(kCaptureFile, kAccess, kBusy, kDescriptors).

UniqueFd open_to_read(const std::string& path);
/// Makes the file, or empties it.
UniqueFd open_to_write(const std::string& path);

}  // namespace pmd::pcap
