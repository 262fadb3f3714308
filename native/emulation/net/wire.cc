#include "emulation/net/wire.h"

#include <algorithm>

namespace pmd::emulation {

namespace {

/// A sleep until a point in time ends some 20 us late, now and then 40. The engine is up that much earlier
/// and waits awake, so that a delay is the one that was asked for.
constexpr uint64_t kWakeUpNs = 60'000;

}  // namespace

Wire::Wire(uint64_t rate, uint64_t delay_ns) : rate_(rate), delay_ns_(delay_ns) {
  for (Direction& direction : towards_) direction.pacer = Pacer(rate);
}

void WireEnd::attach(Receiver* receiver) noexcept {
  wire_->receivers_[side_] = receiver;
  // Drop frames in flight to this end when its port attaches or detaches.
  incoming().lost += incoming().line.size();
  incoming().line.clear();
  if (receiver == nullptr) return;
  delivered_before_ = outgoing().delivered;
  lost_before_ = outgoing().lost;
}

bool WireEnd::transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns, uint64_t now_ns) noexcept {
  Wire::Direction& direction = outgoing();
  if (!direction.pacer.due(now_ns)) return false;
  if (wire_->delay_ns_ == 0) {
    direction.pacer.take(now_ns);
    deliver(side_ ^ 1, frame, length, now_ns);
    return true;
  }
  if (!direction.line.has_room(length)) return false;
  // The slot's own time and not the engine's: however late it is, the distance between two frames is exact. A
  // slot that passed before the frame was there is not the frame's.
  const uint64_t departure = std::max(direction.pacer.take(now_ns), ready_ns);
  return direction.line.push(departure + wire_->delay_ns_, frame, length);
}

uint32_t WireEnd::step(uint32_t budget, uint64_t now_ns) noexcept {
  DelayLine& line = incoming().line;
  uint32_t done = 0;
  while (done < budget && !line.empty()) {
    const DelayLine::Frame frame = line.front();
    if (frame.arrival_ns > now_ns) break;
    deliver(side_, frame.data, frame.length, frame.arrival_ns);
    line.pop();
    ++done;
  }
  return done;
}

uint64_t WireEnd::next_arrival() const noexcept {
  const DelayLine& line = incoming().line;
  return line.empty() ? kNever : line.front().arrival_ns - std::min(line.front().arrival_ns, kWakeUpNs);
}

uint64_t WireEnd::next_departure() const noexcept {
  // A full line is emptied by arrivals, which are events of the far end.
  return outgoing().pacer.limited() ? outgoing().pacer.next() : kNever;
}

void WireEnd::append_counters(CounterList& list) const {
  list.insert(list.end(),
              {{"wireDelivered", outgoing().delivered - delivered_before_}, {"wireLost", undelivered()}});
}

void WireEnd::deliver(unsigned side, const std::byte* frame, uint32_t length, uint64_t arrival_ns) noexcept {
  Wire::Direction& direction = wire_->towards_[side];
  Receiver* receiver = wire_->receivers_[side];
  if (receiver == nullptr) {
    ++direction.lost;
    return;
  }
  ++direction.delivered;
  receiver->deliver(frame, length, arrival_ns);
}

}  // namespace pmd::emulation
