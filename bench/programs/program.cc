// A program of bench/native/frame_programs.h for WebAssembly: PROGRAM is its name.
#include "../native/frame_programs.h"

extern "C" {
#include "../../wasm/vfio-pmd.h"

void process(pmd_burst* burst, uint32_t count) {
  static pmd::bench::PROGRAM program;
  for (uint32_t i = 0; i < count; i++) burst->verdict[i] = program(pmd_frame(burst, i), burst->length[i]);
}
}
