#include "program_loop.h"

#include "frame_programs.h"
#include "parse_loop.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

template <typename Program>
class ProgramLoop final : public Loop {
 public:
  ProgramLoop(PoolCache& cache, const Shape& shape)
      : shape_(shape), burst_(shape.burst, cache, {.columns = set_of(Column::kVerdict)}) {}

  void prepare() override { put_udp_frames(burst_, shape_.burst); }
  [[gnu::noinline]] void measured() override {
    for (uint32_t round = shape_.rounds(); round > 0; --round) run(shape_.burst);
  }
  void finish() override {
    const uint32_t verdict = burst_.verdict()[shape_.burst - 1];
    burst_.release();
    if (verdict < kPort) throw Error(ErrorCode::kInternal, "no frame went on", "look into frame_programs.h");
  }

 private:
  /// A call for each burst, as TypeScript makes of a program in WebAssembly.
  [[gnu::noinline]] void run(uint32_t count) noexcept {
    auto* const frames = reinterpret_cast<uint8_t*>(burst_.cache().pool().buffer(0));
    const uint32_t stride = burst_.cache().pool().stride();
    const uint32_t* const index = burst_.index();
    const uint16_t* const offset = burst_.offset();
    const uint16_t* const length = burst_.length();
    uint32_t* const verdict = burst_.verdict();
    for (uint32_t i = 0; i < count; ++i)
      verdict[i] = program_(frames + size_t{index[i]} * stride + offset[i], length[i]);
  }

  const Shape shape_;
  Burst burst_;
  Program program_;
};

}  // namespace

std::unique_ptr<Loop> make_program_loop(std::string_view name, PoolCache& cache, const Shape& shape) {
  if (name == "programMacs") return std::make_unique<ProgramLoop<RewriteBothMacs>>(cache, shape);
  if (name == "programHash") return std::make_unique<ProgramLoop<HashFlow>>(cache, shape);
  if (name == "programRouter") return std::make_unique<ProgramLoop<Router>>(cache, shape);
  return nullptr;
}

}  // namespace pmd::bench
