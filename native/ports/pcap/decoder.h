#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ports/pcap/fault.h"
#include "ports/pcap/window.h"

namespace pmd::pcap {

/// A frame of a file, until the window moves.
struct Frame {
  std::span<const std::byte> bytes;  ///< as far as it was captured, without FCS
  uint64_t time_ns = 0;              ///< since 1970; 0: the file does not say
};

enum class Step : uint8_t { kFrame, kEnd, kFault };

/// The most that a frame of a file may have, as for Wireshark.
inline constexpr uint32_t kMaxCaptured = 262'144;
inline constexpr uint32_t kEthernet = 1;

/// Reads one format. The window is at the next record.
class Decoder {
 public:
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Reads what stands before the first record that rewinding goes back to. kFault, or kFrame.
  virtual Step begin() noexcept = 0;
  /// Finds the next frame, and leaves the window at its record. After a fault there is none.
  Step peek() noexcept { return fault_.kind == Fault::Kind::kNone ? find() : Step::kFault; }
  const Frame& frame() const noexcept { return frame_; }
  /// Moves the window behind the record that peek() has found.
  void advance() noexcept { window_.skip(record_); }
  const Fault& fault() const noexcept { return fault_; }

 protected:
  virtual Step find() noexcept = 0;
  explicit Decoder(Window& window) : window_(window) {}

  Step fail(Fault::Kind kind, size_t at, uint64_t found = 0, uint64_t expected = 0) noexcept {
    fault_ = {kind, window_.offset() + at, found, expected};
    return Step::kFault;
  }
  /// For a record of which the window cannot get as much as it needs.
  Step fall_short() noexcept {
    if (window_.error() != 0) return fail(Fault::Kind::kRead, 0, static_cast<uint64_t>(window_.error()));
    return fail(Fault::Kind::kTruncated, window_.available());
  }
  /// The same, where the file may end here.
  Step end() noexcept { return window_.available() == 0 && window_.error() == 0 ? Step::kEnd : fall_short(); }
  /// A frame with `stored` of its `original` bytes, the last `fcs` of which are its FCS.
  void set_frame(size_t at, uint32_t stored, uint32_t original, uint32_t fcs, uint64_t time_ns) noexcept;

  Window& window_;
  Frame frame_;
  uint64_t record_ = 0;  ///< bytes of the record that peek() has found
  Fault fault_;
};

/// The decoder of a file, whose first bytes the window shows. Null, and a fault, when no format begins so.
std::unique_ptr<Decoder> make_decoder(Window& window, Fault& fault);

std::unique_ptr<Decoder> make_classic_decoder(Window& window);
std::unique_ptr<Decoder> make_pcapng_decoder(Window& window);

}  // namespace pmd::pcap
