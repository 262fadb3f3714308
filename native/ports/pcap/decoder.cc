#include "ports/pcap/decoder.h"

#include <algorithm>

namespace pmd::pcap {

namespace {

constexpr uint32_t kMicroseconds = 0xA1B2C3D4;
constexpr uint32_t kNanoseconds = 0xA1B23C4D;
constexpr uint32_t kSectionHeader = 0x0A0D0D0A;

bool is_packed(const Window& window) noexcept {
  const uint32_t begin = window.u32(0);
  return (begin & 0xFFFF) == 0x8B1F || begin == 0xFD2FB528 || begin == 0x184D2204;  // gzip, zstd, lz4
}

}  // namespace

void Decoder::set_frame(size_t at, uint32_t stored, uint32_t original, uint32_t fcs,
                        uint64_t time_ns) noexcept {
  const uint32_t whole = std::max(stored, original);
  const uint32_t length = std::min(stored, whole - std::min(whole, fcs));
  frame_ = {{window_.data() + at, length}, time_ns};
}

std::unique_ptr<Decoder> make_decoder(Window& window, Fault& fault) {
  if (!window.need(4)) {
    const bool unreadable = window.error() != 0;
    fault = {unreadable ? Fault::Kind::kRead : Fault::Kind::kTruncated, window.available(),
             static_cast<uint64_t>(window.error())};
    return nullptr;
  }
  const uint32_t magic = window.u32(0), swapped = __builtin_bswap32(magic);
  if (magic == kSectionHeader) return make_pcapng_decoder(window);
  window.set_swapped(swapped == kMicroseconds || swapped == kNanoseconds);
  if (window.swapped() || magic == kMicroseconds || magic == kNanoseconds)
    return make_classic_decoder(window);
  fault = {is_packed(window) ? Fault::Kind::kPacked : Fault::Kind::kFormat};
  return nullptr;
}

}  // namespace pmd::pcap
