#pragma once

#include <memory>
#include <string_view>

#include "core_loops.h"

namespace pmd::bench {

/// Runs a program of frame_programs.h on every frame of bursts of UDP, without a port. Null for an unknown
/// name: programMacs, programHash, programRouter.
std::unique_ptr<Loop> make_program_loop(std::string_view name, PoolCache& cache, const Shape& shape);

}  // namespace pmd::bench
