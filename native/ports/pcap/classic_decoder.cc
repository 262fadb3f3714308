#include <utility>

#include "ports/pcap/decoder.h"

namespace pmd::pcap {

namespace {

constexpr uint32_t kFileHeader = 24;
constexpr uint32_t kRecordHeader = 16;
constexpr uint32_t kMicrosecondMagic = 0xA1B2C3D4;
constexpr uint16_t kMajor = 2;
constexpr uint16_t kLatestMinor = 4;

/// Classic pcap: a header, then records of 16 bytes and a frame. Versions 2.0 to 2.4.
class ClassicDecoder final : public Decoder {
 public:
  explicit ClassicDecoder(Window& window) : Decoder(window) {}

  /// The upper bits of the link type say how many 16-bit words of FCS there are, if they say anything.
  Step begin() noexcept override {
    if (!window_.need(kFileHeader)) return fall_short();
    const uint32_t major = window_.u16(4), minor = window_.u16(6), network = window_.u32(20);
    if (major != kMajor || minor > kLatestMinor) return fail(Fault::Kind::kVersion, 4, major << 16 | minor);
    if ((network & 0xFFFF) != kEthernet) return fail(Fault::Kind::kLinkType, 20, network & 0xFFFF, kEthernet);
    minor_ = minor;
    fcs_ = network & 0x0400'0000 ? (network >> 28) * 2 : 0;
    nanoseconds_per_unit_ = window_.u32(0) == kMicrosecondMagic ? 1000 : 1;
    window_.skip(kFileHeader);
    return Step::kFrame;
  }

  Step find() noexcept override {
    if (!window_.need(kRecordHeader)) return end();
    const auto [stored, original] = lengths();
    if (stored > kMaxCaptured) return fail(Fault::Kind::kLength, 8, stored, kMaxCaptured);
    record_ = kRecordHeader + stored;
    if (!window_.need(record_)) return fall_short();
    const uint64_t time = window_.u32(0) * uint64_t{1'000'000'000} + window_.u32(4) * nanoseconds_per_unit_;
    set_frame(kRecordHeader, stored, original, fcs_, time);
    return Step::kFrame;
  }

 private:
  /// What is stored, and what was on the wire. Versions before 2.3 swap them, and programs that wrote 2.3 did
  /// not agree: the smaller one is what is stored.
  std::pair<uint32_t, uint32_t> lengths() const noexcept {
    const uint32_t first = window_.u32(8), second = window_.u32(12);
    const bool swapped = minor_ < 3 || (minor_ == 3 && first > second);
    return swapped ? std::pair(second, first) : std::pair(first, second);
  }

  uint32_t minor_ = kLatestMinor;
  uint32_t fcs_ = 0;
  uint64_t nanoseconds_per_unit_ = 1;
};

}  // namespace

std::unique_ptr<Decoder> make_classic_decoder(Window& window) {
  return std::make_unique<ClassicDecoder>(window);
}

}  // namespace pmd::pcap
