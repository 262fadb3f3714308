#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/mac_address.h"

namespace pmd::emulation {

/// A buffer that waits for a frame.
struct Place {
  std::byte* data = nullptr;  ///< null: the frame gets lost on its way to memory
  uint32_t length = 0;        ///< of the frame, which the sender fills in
};

/// The receive side of whatever is plugged into a link: a device model, a port without one, or a test. The
/// link calls it with its lock held.
class Receiver {
 public:
  /// Takes a frame (no FCS) that arrived at `arrival_ns`. False: the receiver dropped it, and counts why.
  virtual bool deliver(const std::byte* frame, uint32_t length, uint64_t arrival_ns) noexcept = 0;

  // For a peer that sends on its own account, and waits for a receiver that is not ready.

  /// Whether the receiver is switched on and its link is up.
  virtual bool ready() const noexcept = 0;
  /// The address of frames for this receiver; zero: it has none.
  virtual const MacAddress& mac() const noexcept = 0;
  /// How many frames of `length` bytes deliver() would not drop for want of room.
  virtual uint32_t room(uint32_t length) const noexcept = 0;

  // Frames that a peer makes in the receiver's own memory, for the speed of it. They are untagged and carry
  // mac() as their destination.

  /// Offers buffers of at least `longest` bytes. Returns how many; none where the peer must use deliver().
  virtual uint32_t reserve(std::span<Place>, uint32_t /*longest*/) noexcept { return 0; }
  /// Takes the frames that the peer has made in what the last reserve() offered.
  virtual void commit(std::span<const Place>) noexcept {}

 protected:
  ~Receiver() = default;
};

}  // namespace pmd::emulation
