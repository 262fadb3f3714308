#include "parse_loop.h"

#include <algorithm>
#include <array>

#include "net/flow_hash.h"
#include "net/headers.h"
#include "net/layers.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

/// 10.0.0.1, port 40000, to 10.0.0.2, port 9, with 18 bytes: as in column-loops.ts.
constexpr std::array<uint8_t, 42> kHeaders{2,  0, 0,  0,  0, 2, 2,    0,    0,  0,  0,    1,    0x08, 0,
                                           69, 0, 0,  46, 0, 0, 0x40, 0,    64, 17, 0x26, 0xBD, 10,   0,
                                           0,  1, 10, 0,  0, 2, 0x9C, 0x40, 0,  9,  0,    26,   0,    0};
constexpr uint16_t kFrameBytes = 60;

class ParseLoop final : public Loop {
 public:
  ParseLoop(PoolCache& cache, const Shape& shape) : shape_(shape), burst_(shape.burst, cache) {}

  void prepare() override { put_udp_frames(burst_, shape_.burst); }
  [[gnu::noinline]] void measured() override {
    const PacketPool& pool = burst_.cache().pool();
    const uint32_t* const index = burst_.index();
    const uint16_t* const offset = burst_.offset();
    const uint16_t* const length = burst_.length();
    uint32_t sum = 0;
    for (uint32_t round = shape_.rounds(); round > 0; --round)
      for (uint32_t i = 0; i < shape_.burst; ++i)
        sum += all_fields({pool.buffer(index[i]) + offset[i], length[i]});
    asm volatile("" : "+r"(sum));
    sum_ = sum;
  }
  void finish() override {
    burst_.release();
    if (sum_ == 0) throw Error(ErrorCode::kInternal, "nothing was found", "look into parse_loop.cc");
  }

 private:
  static uint32_t all_fields(std::span<const std::byte> frame) noexcept {
    const Layers found = read_layers(frame);
    uint32_t sum =
        found.l3_at + found.l4_at + found.payload_at + found.end + found.ether_type + found.version;
    sum += static_cast<uint32_t>(found.outer_tag + found.inner_tag + found.protocol);
    sum += static_cast<uint32_t>(found.fragment) + static_cast<uint32_t>(found.fault);
    sum += flow_hash(frame.data(), found);
    if (found.version == 4) sum += words(&frame[found.l3_at + 12], 2);
    if (found.version == 6) sum += words(&frame[found.l3_at + 8], 8);
    if (!found.has_ports()) return sum;
    const std::byte* const transport = &frame[found.l4_at];
    if (found.protocol == 6) sum += std::to_integer<uint32_t>(transport[13]);
    return sum + load_be16(transport) + load_be16(transport + 2);
  }
  static uint32_t words(const std::byte* at, uint32_t count) noexcept {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; ++i) sum += load_be32(at + 4 * i);
    return sum;
  }

  const Shape shape_;
  Burst burst_;
  uint32_t sum_ = 0;
};

}  // namespace

void put_udp_frames(Burst& burst, uint32_t count) {
  burst.allocate(count);
  PacketPool& pool = burst.cache().pool();
  for (uint32_t i = 0; i < count; ++i) {
    burst.length()[i] = kFrameBytes;
    std::byte* const frame = pool.buffer(burst.index()[i]) + burst.offset()[i];
    std::transform(kHeaders.begin(), kHeaders.end(), frame, [](uint8_t byte) { return std::byte{byte}; });
  }
}

std::unique_ptr<Loop> make_parse_loop(PoolCache& cache, const Shape& shape) {
  return std::make_unique<ParseLoop>(cache, shape);
}

}  // namespace pmd::bench
