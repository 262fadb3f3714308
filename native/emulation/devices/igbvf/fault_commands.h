#pragma once

#include <string_view>

namespace pmd::emulation {

class SoftwareVf;

/// Makes something go wrong with a device: `NAME[:NUMBER[:NUMBER]]`, the same words in an address (`fault=`)
/// and while the device runs. The names and their numbers are the table in fault_commands.cc. Throws
/// Error(kInvalidArgument), which lists them.
void carry_out(std::string_view command, SoftwareVf& device);

}  // namespace pmd::emulation
