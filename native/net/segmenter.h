#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"

namespace pmd {

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
