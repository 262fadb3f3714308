#pragma once

#include <string>
#include <string_view>

namespace pmd {

/// Text of unknown origin, for a message: of bounded length, and nothing in it that a terminal would act on.
std::string printable(std::string_view text);

}  // namespace pmd
