#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace pmd::packet {

/// A frame as it lies in a ring.
struct ReceivedFrame {
  std::span<const std::byte> bytes;  ///< all that the ring has of it; the header of VIRTIO lies before
  uint32_t length;                   ///< the whole frame's
  uint32_t status;                   ///< TP_STATUS_…
  uint16_t tci;                      ///< of the tag that the kernel took out, if it did
  uint16_t tpid;
};

/// The ring of a packet socket that the kernel fills.
class RxRing {
 public:
  virtual ~RxRing() = default;

  /// Whether the kernel has filled the next slot.
  virtual bool is_filled() noexcept = 0;
  /// The frame in the next slot.
  virtual ReceivedFrame next() const noexcept = 0;
  /// Gives it back to the kernel.
  virtual void advance() noexcept = 0;
  virtual void release() noexcept = 0;
};

/// For `slots` frames of so many bytes. Sets the socket up, which is not bound yet. `blocks`: the kernel
/// hands over whole blocks of frames, when one is full or its time is up. Throws Error(kNoMemory).
std::unique_ptr<RxRing> make_rx_ring(int fd, uint32_t slots, uint32_t frame, bool blocks);

}  // namespace pmd::packet
