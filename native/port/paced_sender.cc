#include "port/paced_sender.h"

#include <algorithm>

#include "net/frame.h"
#include "port/tx_request.h"
#include "util/clock.h"

namespace pmd {

namespace {

/// Preamble, start of frame and the gap behind it (IEEE 802.3): the wire is not free for another meanwhile.
constexpr uint32_t kFraming = 20;

constexpr uint64_t bits_on_wire(uint32_t bytes) {
  return uint64_t{8} * (std::max(bytes, kMinFrameOnWire) + kFcs + kFraming);
}

}  // namespace

PacedSender::PacedSender(TxQueue& queue, const Rate& rate) noexcept
    : queue_(queue),
      unit_(rate.unit),
      bucket_(rate.per_second, rate.depth, monotonic_ns()),
      wanted_(unit_ == Unit::kFrames ? 1 : bits_on_wire(0)) {}

/// The queue is asked in any case: it may be closed, and it reclaims.
int32_t PacedSender::send(Burst& burst) noexcept {
  bucket_.refill(monotonic_ns());
  const uint32_t count = burst.count();
  const Share share = allowed(burst, count);
  burst.set_count(share.entries);
  const int32_t sent = queue_.send(burst);
  const uint32_t left = std::min(burst.count(), share.entries);
  if (sent >= 0) {
    uint64_t unsent = 0;
    for (uint32_t i = 0, n = 0; i < left; i += n) {
      n = burst.has_chains() ? burst.chain_length(i, left) : 1;
      unsent += cost_of(burst, i, n);
    }
    bucket_.take(share.cost - std::min(share.cost, unsent));
  }
  burst.close_gap(left, share.entries, count);
  return sent;
}

/// Counts the whole frames, from the front, that the bucket covers.
PacedSender::Share PacedSender::allowed(const Burst& burst, uint32_t count) noexcept {
  const bool chains = burst.has_chains();
  Share share;
  while (share.entries < count) {
    const uint32_t n = chains ? burst.chain_length(share.entries, count) : 1;
    const uint64_t cost = cost_of(burst, share.entries, n);
    if (!(share.entries == 0 ? bucket_.covers(cost) : bucket_.holds(share.cost + cost))) {
      wanted_ = cost;
      return share;
    }
    share.entries += n;
    share.cost += cost;
  }
  wanted_ = unit_ == Unit::kFrames ? 1 : bits_on_wire(0);
  return share;
}

uint64_t PacedSender::cost_of(const Burst& burst, uint32_t first, uint32_t entries) const noexcept {
  if (unit_ == Unit::kFrames) return 1;
  uint32_t bytes = 0;
  for (uint32_t i = first; i < first + entries; ++i)
    bytes += __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
  const bool tagged = TxRequest(burst, first).wants(tx_request::kVlan);
  return bits_on_wire(bytes + (tagged ? kVlanTag : 0));
}

uint64_t PacedSender::ns_until_room() noexcept {
  bucket_.refill(monotonic_ns());
  return bucket_.ns_until(wanted_);
}

}  // namespace pmd
