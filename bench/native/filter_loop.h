#pragma once

#include <memory>

#include "core_loops.h"

namespace pmd::bench {

/// Tells frames of UDP port 53 from others, by a predicate written by hand. Half of them are. No port has a
/// part in it.
std::unique_ptr<Loop> make_filter_loop(PoolCache& cache, const Shape& shape);

}  // namespace pmd::bench
