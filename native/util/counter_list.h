#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pmd {

/// Counters by name, in the order in which they are shown.
using CounterList = std::vector<std::pair<std::string, uint64_t>>;

}  // namespace pmd
