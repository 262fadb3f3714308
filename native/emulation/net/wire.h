#pragma once

#include <array>
#include <memory>

#include "emulation/net/delay_line.h"
#include "emulation/net/link.h"
#include "emulation/net/pacer.h"

namespace pmd::emulation {

/// A cable between two ports, with a rate and a delay of its own in each direction.
///
/// A wire gives no sign of whether its far end is open: frames for nobody are lost, as behind a switch, and
/// counted. The receiver counts the frames that it drops.
class Wire {
 public:
  Wire(uint64_t rate, uint64_t delay_ns);

  uint64_t rate() const noexcept { return rate_; }
  uint64_t delay_ns() const noexcept { return delay_ns_; }

 private:
  friend class WireEnd;

  /// What travels towards one end.
  struct Direction {
    Pacer pacer;
    DelayLine line;
    uint64_t delivered = 0;
    uint64_t lost = 0;  ///< nobody there, at the end or while they were on their way
  };

  SpinLock lock_;
  uint64_t rate_;
  uint64_t delay_ns_;
  std::array<Receiver*, 2> receivers_{};
  std::array<Direction, 2> towards_;
};

/// One end of a wire, which a port holds.
class WireEnd final : public Link {
 public:
  WireEnd(std::shared_ptr<Wire> wire, unsigned side) : wire_(std::move(wire)), side_(side) {}

  SpinLock& lock() noexcept override { return wire_->lock_; }
  void attach(Receiver* receiver) noexcept override;
  bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                uint64_t now_ns) noexcept override;
  void nothing_to_send(uint64_t now_ns) noexcept override { outgoing().pacer.idle(now_ns); }
  uint32_t step(uint32_t budget, uint64_t now_ns) noexcept override;
  uint64_t next_arrival() const noexcept override;
  uint64_t next_departure() const noexcept override;
  uint64_t undelivered() const noexcept override { return outgoing().lost - lost_before_; }
  void append_counters(CounterList& list) const override;

 private:
  Wire::Direction& outgoing() noexcept { return wire_->towards_[side_ ^ 1]; }
  const Wire::Direction& outgoing() const noexcept { return wire_->towards_[side_ ^ 1]; }
  Wire::Direction& incoming() noexcept { return wire_->towards_[side_]; }
  const Wire::Direction& incoming() const noexcept { return wire_->towards_[side_]; }
  void deliver(unsigned side, const std::byte* frame, uint32_t length, uint64_t arrival_ns) noexcept;

  std::shared_ptr<Wire> wire_;
  unsigned side_;
  // The wire's counts when this end was attached: earlier owners of the end are not counted.
  uint64_t delivered_before_ = 0;
  uint64_t lost_before_ = 0;
};

}  // namespace pmd::emulation
