#pragma once

#include <cstddef>
#include <cstdint>

#include "emulation/net/receiver.h"
#include "emulation/net/spin_lock.h"
#include "emulation/net/time_source.h"
#include "util/counter_list.h"

namespace pmd::emulation {

/// What a port is plugged into. Its lock guards the receiver too: the two ends of a wire share one, so that a
/// frame moves from one device to the other under a single lock.
class Link {
 public:
  virtual ~Link() = default;

  virtual SpinLock& lock() noexcept = 0;

  // The rest is called with the lock held.

  /// Plugs the receiver in; null pulls it out.
  virtual void attach(Receiver* receiver) noexcept = 0;
  /// A frame (no FCS) for the far end. It departs at `ready_ns` at the earliest: by then the sender had asked
  /// for it. False: not now.
  virtual bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                        uint64_t now_ns) noexcept = 0;
  /// There is nothing to send.
  virtual void nothing_to_send(uint64_t) noexcept {}
  /// Delivers up to `budget` frames to the receiver. Returns how many.
  virtual uint32_t step(uint32_t budget, uint64_t now_ns) noexcept = 0;
  /// When step() has something to do next, as far as only time decides.
  virtual uint64_t next_arrival() const noexcept { return kNever; }
  /// When transmit() would take a frame that it refused just now.
  virtual uint64_t next_departure() const noexcept { return kNever; }
  /// Frames of this port that nobody was there for, since it was attached.
  virtual uint64_t undelivered() const noexcept { return 0; }
  virtual void append_counters(CounterList&) const {}
};

}  // namespace pmd::emulation
