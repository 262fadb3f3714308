#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rig.h"

namespace pmd::conformance {

/// Exit status of a test that was skipped, as ctest and automake have it.
inline constexpr int kSkipped = 77;

/// The value of `--name=value` or `--name value`.
std::optional<std::string> option(int count, char** arguments, std::string_view name);
bool flag(int count, char** arguments, std::string_view name);

/// The rig of a bus; null, with the reason said aloud, when this machine can't have it. Throws
/// std::invalid_argument.
std::unique_ptr<Rig> make_rig(const std::string& bus);

}  // namespace pmd::conformance
