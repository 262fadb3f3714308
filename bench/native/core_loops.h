#pragma once

#include <memory>
#include <string_view>

#include "loop.h"
#include "stepped_port.h"

namespace pmd::bench {

/// One section's work: `frames` in bursts of `burst`.
struct Shape {
  uint32_t burst = 32;
  uint32_t frames = 256;
  uint32_t rounds() const noexcept { return frames / burst; }
};

/// A loop in C++ over our driver, by the name that TypeScript's has: nothing; touch, macs, words, header,
/// fields (forwarding with that work on each frame); exchange (as touch, a burst being sent just before the
/// next is received); receive, send, allocate, release (that alone); request (send, and
/// every frame requests its checksums); parse (all headers of frames that no
/// port has a part in, and every field of them read), filter (the
/// same for frames of which every other one is of UDP port 53, and which are told apart), programMacs,
/// programHash, programRouter (a program of frame_programs.h). Null for an unknown
/// name.
std::unique_ptr<Loop> make_core_loop(std::string_view name, SteppedPort& port, PoolCache& cache,
                                     const Shape& shape);

/// Forwards between two ports, touching a byte: a burst one way, a burst the other, in turns.
std::unique_ptr<Loop> make_both_ways(SteppedPort& one, SteppedPort& other, PoolCache& cache,
                                     const Shape& shape);

}  // namespace pmd::bench
