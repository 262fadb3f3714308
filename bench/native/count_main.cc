// Runs one loop so many times, for callgrind to count the instructions of its measured() and of nothing else:
//
//   valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*::measured()' bench-count touch 32 1000
//
// Prints the number of frames.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "limit_loop.h"
#include "util/error.h"

namespace {

using namespace pmd;
using namespace pmd::bench;

constexpr const char* kAddress = "emu:count,peer=flood";

struct Arguments {
  std::string_view loop;
  Shape shape;
  uint32_t sections;
  uint32_t ring = 512;
  uint32_t buffers = 4096;
};

void run_limit(const Arguments& arguments, Stopwatch& watch) {
  RawDevice device(kAddress, arguments.ring);
  LimitLoop loop(device, arguments.shape);
  run_sections(loop, arguments.sections, watch, [&] { device.step(); });
}

void run_core(const Arguments& arguments, Stopwatch& watch) {
  ProcessMemory memory(HugePages::kTry);
  const auto pool = std::make_shared<PacketPool>(PoolOptions{.buffers = arguments.buffers}, memory);
  SteppedPort port({.address = kAddress,
                    .pool = pool,
                    .rx_ring = arguments.ring,
                    .tx_ring = arguments.ring,
                    .settings = {}});
  PoolCache cache(pool);
  port.rx().attach(cache);
  port.tx().attach(cache);
  const auto loop = make_core_loop(arguments.loop, port, cache, arguments.shape);
  if (!loop) {
    std::fprintf(stderr, "no loop has this name\n");
    std::exit(2);
  }
  run_sections(*loop, arguments.sections, watch, [&] { port.step(); });
  port.rx().detach(cache);
  port.tx().detach(cache);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s LOOP BURST SECTIONS [RING [BUFFERS]]\n", argv[0]);
    return 2;
  }
  const auto number = [&](int i) { return static_cast<uint32_t>(std::strtoul(argv[i], nullptr, 10)); };
  Arguments arguments{.loop = argv[1], .shape = {.burst = number(2)}, .sections = number(3)};
  if (argc > 4) arguments.ring = number(4);
  if (argc > 5) arguments.buffers = number(5);
  arguments.shape.frames = std::min(arguments.shape.frames, arguments.ring / 2);
  Stopwatch watch;
  try {
    if (arguments.loop == "limit")
      run_limit(arguments, watch);
    else
      run_core(arguments, watch);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::printf("%u\n", arguments.sections * arguments.shape.rounds() * arguments.shape.burst);
}
