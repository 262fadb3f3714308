#include "filter_loop.h"

#include <algorithm>
#include <array>
#include <bit>

#include "net/headers.h"
#include "parse_loop.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

constexpr uint16_t kPort = 53;
constexpr uint8_t kUdp = 17;

/// As `udp port 53` means it: no fragment but a first one.
bool is_wanted(std::span<const std::byte> frame) noexcept {
  const auto byte = [frame](size_t at) { return std::to_integer<uint32_t>(frame[at]); };
  if (frame.size() < 34) return false;
  const uint16_t type = load_be16(&frame[12]);
  size_t ports = 54;
  if (type == kEtherTypeIpv4) {
    if (byte(23) != kUdp || (load_be16(&frame[20]) & 0x1FFF) != 0) return false;
    ports = 14 + (byte(14) & 0x0F) * 4;
  } else if (type != kEtherTypeIpv6 || byte(20) != kUdp) {
    return false;
  }
  if (ports + 4 > frame.size()) return false;
  return load_be16(&frame[ports]) == kPort || load_be16(&frame[ports + 2]) == kPort;
}

class FilterLoop final : public Loop {
 public:
  FilterLoop(PoolCache& cache, const Shape& shape) : shape_(shape), burst_(shape.burst, cache) {}

  void prepare() override {
    put_udp_frames(burst_, shape_.burst);
    PacketPool& pool = burst_.cache().pool();
    for (uint32_t i = 0; i < shape_.burst; i += 2)
      store_be16(pool.buffer(burst_.index()[i]) + burst_.offset()[i] + 36, kPort);
  }
  [[gnu::noinline]] void measured() override {
    const PacketPool& pool = burst_.cache().pool();
    const uint32_t* const index = burst_.index();
    const uint16_t* const offset = burst_.offset();
    const uint16_t* const length = burst_.length();
    uint32_t matching = 0;
    for (uint32_t round = shape_.rounds(); round > 0; --round) {
      std::fill_n(bitmap_.data(), (shape_.burst + 31) / 32, 0);
      for (uint32_t i = 0; i < shape_.burst; ++i) {
        const bool wanted = is_wanted({pool.buffer(index[i]) + offset[i], length[i]});
        bitmap_[i / 32] |= uint32_t{wanted} << i % 32;
        matching += wanted;
      }
    }
    matching_ = matching;
  }
  void finish() override {
    burst_.release();
    if (matching_ != shape_.rounds() * ((shape_.burst + 1) / 2))
      throw Error(ErrorCode::kInternal, "every other frame was to match", "look into filter_loop.cc");
  }

 private:
  const Shape shape_;
  Burst burst_;
  std::array<uint32_t, Burst::kMaxCapacity / 32> bitmap_;
  uint32_t matching_ = 0;
};

}  // namespace

std::unique_ptr<Loop> make_filter_loop(PoolCache& cache, const Shape& shape) {
  return std::make_unique<FilterLoop>(cache, shape);
}

}  // namespace pmd::bench
