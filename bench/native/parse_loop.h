#pragma once

#include <memory>

#include "core_loops.h"

namespace pmd::bench {

/// Finds all headers of frames of UDP, and reads every field of what was found. No port has a part in it.
std::unique_ptr<Loop> make_parse_loop(PoolCache& cache, const Shape& shape);
/// Fills an empty burst with such frames.
void put_udp_frames(Burst& burst, uint32_t count);

}  // namespace pmd::bench
