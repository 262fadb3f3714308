#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"

namespace pmd {

/// Bytes of the headers that each segment of a frame repeats; 0 when it can't be cut: it is none of TCP or
/// UDP, has no payload, or its headers do not lie in `head`, its first part. `bytes`: of the whole frame.
uint32_t repeated_header(std::span<const std::byte> head, size_t bytes, const Headers& headers) noexcept;

/// How many segments so many bytes of payload make.
constexpr uint32_t segments(uint32_t payload, uint32_t segment) noexcept {
  return (payload + segment - 1) / segment;
}

/// Makes a frame that is to be cut what its headers say: one large datagram, with the checksum of IPv4, and
/// the pseudo header's sum where the transport's goes. `bytes`: of the whole frame.
void prepare_large_frame(std::span<std::byte> head, uint32_t bytes, const Headers& headers) noexcept;

/// Cuts a frame of TCP or UDP over IP into frames of so many bytes of payload, as a NIC's segmentation
/// offload does: headers repeated, lengths, sequence numbers, IP ids and flags set, checksums filled in.
class Segmenter {
 public:
  /// Begins with a whole frame, which stays as it is until the last segment. False, and nothing to do, when
  /// its headers are not those of TCP or UDP, or do not fit the frame.
  bool begin(std::span<const std::byte> frame, uint32_t payload) noexcept;
  bool done() const noexcept { return at_ >= frame_.size(); }
  /// Bytes of the next segment.
  uint32_t length() const noexcept;
  /// Writes the next segment, of length() bytes.
  void next(std::byte* to) noexcept;

 private:
  void set_ip(std::span<std::byte> segment) const noexcept;
  void set_tcp(std::byte* tcp, bool is_last) const noexcept;

  std::span<const std::byte> frame_;
  Headers headers_;
  uint32_t payload_ = 0;
  uint32_t payload_at_ = 0;  ///< where it begins in the frame
  uint32_t at_ = 0;          ///< the next byte of it
  uint16_t count_ = 0;       ///< segments so far
};

}  // namespace pmd
