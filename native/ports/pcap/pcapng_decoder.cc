#include <algorithm>
#include <optional>
#include <vector>

#include "ports/pcap/decoder.h"
#include "ports/pcap/pcapng.h"

namespace pmd::pcap {

namespace {

/// As many as the obsolete packet block can tell apart.
constexpr uint32_t kMaxInterfaces = 65'536;
/// Of a block that is looked into: the largest frame, with room for options.
constexpr uint32_t kMaxBlock = 2 * kMaxCaptured;
static_assert(kMaxBlock <= Window::kSize);

struct Interface {
  uint16_t link_type;
  uint8_t fcs;
  uint8_t resolution;
  uint32_t snap_length;
  int64_t offset_seconds;
};

uint64_t power_of_ten(uint32_t exponent) noexcept {
  uint64_t power = 1;
  for (uint32_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// A count of an interface's units in nanoseconds since 1970: 0 before, and the largest number after what
/// fits.
uint64_t nanoseconds(const Interface& from, uint64_t units) noexcept {
  constexpr uint32_t kExponent = 9, kMostDigits = 19;
  constexpr __int128 kBillion = 1'000'000'000, kMost = UINT64_MAX;
  const uint32_t exponent = from.resolution & 0x7F;
  __int128 time = units;
  if (from.resolution & 0x80)
    time = time * kBillion >> exponent;
  else if (exponent <= kExponent)
    time *= power_of_ten(kExponent - exponent);
  else
    time = exponent - kExponent > kMostDigits ? 0 : time / power_of_ten(exponent - kExponent);
  time += from.offset_seconds * kBillion;
  return static_cast<uint64_t>(std::clamp(time, __int128{0}, kMost));
}

/// The least bytes of a block that is looked into; 0 of others.
uint32_t least_length(uint32_t type) noexcept {
  switch (type) {
    case block::kSection:
      return 28;
    case block::kInterface:
      return 20;
    case block::kSimplePacket:
      return 16;
    case block::kEnhancedPacket:
    case block::kObsoletePacket:
      return block::kPacketHeader + block::kTrailer;
    default:
      return 0;
  }
}

/// pcapng: sections of blocks, each with its type, and its length at both ends.
class PcapngDecoder final : public Decoder {
 public:
  explicit PcapngDecoder(Window& window) : Decoder(window) { interfaces_.reserve(kMaxInterfaces); }

  /// The file begins with a section, which reading it again does as well.
  Step begin() noexcept override {
    if (!window_.need(least_length(block::kSection))) return fall_short();
    return read_byte_order() && read_section() ? Step::kFrame : Step::kFault;
  }

  Step find() noexcept override {
    for (;;) {
      if (!window_.need(block::kLeast)) return end();
      const uint32_t type = window_.u32(0);
      if (type == block::kSection && !read_byte_order()) return Step::kFault;
      const uint32_t length = window_.u32(4), known = least_length(type);
      const uint32_t least = std::max(known, block::kLeast);
      if (length < least || length % 4 != 0) return fail(Fault::Kind::kBlock, 4, length, least);
      if (known == 0) {
        if (!pass_over(length)) return Step::kFault;
        continue;
      }
      if (length > kMaxBlock) return fail(Fault::Kind::kLength, 4, length, kMaxBlock);
      if (!window_.need(length)) return fall_short();
      if (window_.u32(length - block::kTrailer) != length) return fail_trailer(length - 4, length);
      if (type != block::kSection && type != block::kInterface) return read_packet(type, length);
      if (type == block::kSection ? !read_section() : !read_interface(length)) return Step::kFault;
      window_.skip(length);
    }
  }

 private:
  Step fail_trailer(size_t at, uint32_t length) noexcept {
    return fail(Fault::Kind::kTrailer, at, window_.u32(at), length);
  }

  bool read_byte_order() noexcept {
    const uint32_t magic = window_.u32(8);
    if (magic == __builtin_bswap32(block::kByteOrder))
      window_.set_swapped(!window_.swapped());
    else if (magic != block::kByteOrder)
      return fail(Fault::Kind::kByteOrder, 8) != Step::kFault;
    return true;
  }

  bool pass_over(uint32_t length) noexcept {
    window_.skip(length - block::kTrailer);
    if (!window_.need(block::kTrailer)) return fall_short() != Step::kFault;
    if (window_.u32(0) != length) return fail_trailer(0, length) != Step::kFault;
    window_.skip(block::kTrailer);
    return true;
  }

  /// Some programs wrote 1.2 for what is 1.0.
  bool read_section() noexcept {
    const uint32_t major = window_.u16(12), minor = window_.u16(14);
    if (major != 1 || (minor != 0 && minor != 2))
      return fail(Fault::Kind::kVersion, 12, major << 16 | minor) != Step::kFault;
    interfaces_.clear();
    return true;
  }

  bool read_interface(uint32_t length) noexcept {
    if (interfaces_.size() == kMaxInterfaces)
      return fail(Fault::Kind::kInterfaces, 0, 0, kMaxInterfaces) != Step::kFault;
    const size_t end = length - block::kTrailer;
    Option resolution, offset, fcs;
    if (!find_option(16, end, block::kResolution, 1, resolution) ||
        !find_option(16, end, block::kTimeOffset, 8, offset) ||
        !find_option(16, end, block::kFcsLength, 1, fcs))
      return false;
    Interface found{window_.u16(8), 0, block::kMicroseconds, window_.u32(12), 0};
    if (resolution) found.resolution = window_.u8(*resolution);
    if (offset) found.offset_seconds = static_cast<int64_t>(window_.u64(*offset));
    if (fcs) found.fcs = fcs_bytes(window_.u8(*fcs));
    interfaces_.push_back(found);
    return true;
  }

  /// Where an option's value is, counted from the block's begin.
  using Option = std::optional<size_t>;

  /// Looks for the first option of a code between two places of the block. False, and a fault, when one on
  /// the way leaves the block, or the value has another size.
  bool find_option(size_t at, size_t end, uint16_t code, uint32_t size, Option& value) noexcept {
    while (at + 4 <= end) {
      const uint32_t found = window_.u16(at), found_size = window_.u16(at + 2);
      if (found == block::kEndOfOptions) return true;
      if (at + 4 + block::padded(found_size) > end || (found == code && found_size != size))
        return fail(Fault::Kind::kOption, at, found) != Step::kFault;
      if (found == code) {
        value = at + 4;
        return true;
      }
      at += 4 + block::padded(found_size);
    }
    return true;
  }

  /// The format's early drafts counted bits.
  static uint8_t fcs_bytes(uint8_t value) noexcept {
    return value >= 16 ? static_cast<uint8_t>(value >> 3) : value;
  }

  /// Enhanced packets; the obsolete ones, whose interface number is narrower; and simple ones, which have
  /// neither that nor a time.
  Step read_packet(uint32_t type, uint32_t length) noexcept {
    const bool simple = type == block::kSimplePacket;
    const uint32_t number = simple ? 0 : type == block::kEnhancedPacket ? window_.u32(8) : window_.u16(8);
    if (number >= interfaces_.size()) return fail(Fault::Kind::kInterface, 8, number, interfaces_.size());
    const Interface& from = interfaces_[number];
    if (from.link_type != kEthernet) return fail(Fault::Kind::kLinkType, 8, from.link_type, kEthernet);
    const uint32_t header = simple ? 12 : block::kPacketHeader;
    const uint32_t original = window_.u32(simple ? 8 : 24);
    const uint32_t snapped = from.snap_length == 0 ? kMaxCaptured : from.snap_length;
    const uint32_t stored = simple ? std::min(original, snapped) : window_.u32(20);
    const uint32_t room = std::min(length - header - block::kTrailer, kMaxCaptured);
    if (stored > room) return fail(Fault::Kind::kLength, simple ? 8 : 20, stored, room);
    Option flags;
    const size_t options = header + block::padded(stored), end = length - block::kTrailer;
    if (!simple && !find_option(options, end, block::kPacketFlags, 4, flags)) return Step::kFault;
    const uint32_t fcs = flags ? window_.u32(*flags) >> 5 & 15 : 0;
    const uint64_t units = simple ? 0 : uint64_t{window_.u32(12)} << 32 | window_.u32(16);
    set_frame(header, stored, original, fcs == 0 ? from.fcs : fcs, simple ? 0 : nanoseconds(from, units));
    record_ = length;
    return Step::kFrame;
  }

  std::vector<Interface> interfaces_;
};

}  // namespace

std::unique_ptr<Decoder> make_pcapng_decoder(Window& window) {
  return std::make_unique<PcapngDecoder>(window);
}

}  // namespace pmd::pcap
