#include "nic/igbvf/rx_ring.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "net/frame.h"
#include "nic/igbvf/registers.h"
#include "util/barrier.h"
#include "util/error.h"
#include "util/eventfd.h"

namespace pmd::igbvf {

namespace rxs = igb::rx_status;

namespace {

constexpr uint32_t kIdlePolls = 64;

/// Slots of a ring of so many that are worth a doorbell, an uncached write: more than the usual burst. A
/// small ring has none to spare meanwhile.
constexpr uint32_t publish_every(uint32_t slots) {
  return slots < 256 ? 1 : 33;
}

}  // namespace

RxRing::RxRing(RegisterWindow& registers, unsigned index, Ring<igb::RxDescriptor> ring, PacketPool& pool,
               Iova pool_base, const Traits& traits, Interrupt interrupt)
    : registers_(registers),
      tail_doorbell_(registers.doorbell(regs::RDT.at(index))),
      ring_(ring),
      pool_(pool),
      pool_base_(pool_base),
      swaps_vlan_(traits.swaps_vlan),
      chains_(traits.chains),
      interrupt_(interrupt),
      publish_every_(publish_every(ring.size)),
      owners_(pool.owners()) {
  set_max_frame(traits.max_frame);
  pool_.add_ring(holding_);
}

RxRing::~RxRing() {
  pool_.remove_ring(holding_);
}

void RxRing::set_max_frame(uint32_t bytes) noexcept {
  max_frame_.store(bytes, std::memory_order_relaxed);
  spans_.store(kEach * (std::min(bytes, pool_.data_room()) - kMinFrame), std::memory_order_relaxed);
}

/// A receive that found nothing: time to take back what has been sent.
int32_t RxRing::idle(PoolCache& cache) noexcept {
  cache.reclaim();
  // A spin that finds nothing time and again offers the CPU to others: the software device may need this
  // very core.
  if (++idle_ % kIdlePolls != 0) return 0;
  if (unpublished() > 0) publish();
  std::this_thread::yield();
  return 0;
}

/// Gives the device the slots that were armed since the last time.
void RxRing::publish() noexcept {
  // The slot that stayed with us is the device's from here on. Armed again: a device that reported something
  // there meanwhile would have us one slot ahead of it for ever.
  rearm(tail_);
  dma_write_barrier();
  // One slot stays with us, as RDT == RDH would mean an empty ring: the last one we took (7.1.4).
  tail_ = (next_ - 1) & ring_.mask();
  tail_doorbell_.ring(tail_);
}

bool RxRing::arm() noexcept {
  if (!gate_.try_enter()) return false;
  const GatePass pass(gate_);
  if (done(next_)) return false;
  if (unpublished() > 0) publish();
  registers_.write32(regs::EIMS.at(), interrupt_.mask);
  // A frame that came before the mask was set raises the interrupt all the same, where the device keeps
  // causes; not all models do, so look again.
  return !done(next_);
}

uint32_t RxRing::count_ready() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  uint32_t ready = 0;
  while (ready < ring_.mask() && done((next_ + ready) & ring_.mask())) ++ready;
  return ready;
}

/// Masks the interrupt. While the gate is shut the port is being reset or let go, and it is masked by then.
void RxRing::take_event(int fd) noexcept {
  drain_eventfd(fd);
  if (!gate_.try_enter()) return;
  const GatePass pass(gate_);
  registers_.write32(regs::EIMC.at(), interrupt_.mask);
}

/// Counts a report that is not to be handed on; the buffer stays in its slot, which is armed again. False
/// when nothing is wrong with it: it came only now.
bool RxRing::drop(uint32_t slot) noexcept {
  const uint64_t word = load_word(ring_.descriptors[slot]);
  const auto status = static_cast<uint32_t>(word);
  const uint32_t length = static_cast<uint16_t>(word >> 32);
  const bool last = (status & rxs::EOP) != 0;
  if (in_chain_ || !last)
    stats_.oversize.add(1);
  else if (status & rxs::kFrameError)
    stats_.errors.add(1);
  else if (length < kMinFrame || length > pool_.data_room())
    stats_.malformed.add(1);
  else if (length > max_frame())
    stats_.oversize.add(1);
  else
    return false;
  in_chain_ = !last;
  rearm(slot);
  return true;
}

void RxRing::fill() {
  if (buffers_.empty()) {
    std::vector<uint32_t> buffers(ring_.size);
    const uint32_t got = pool_.take(buffers.data(), ring_.size);
    if (got < ring_.size) {
      pool_.give(buffers.data(), got);
      throw Error(ErrorCode::kPoolTooSmall,
                  "only " + std::to_string(got) + " of the " + std::to_string(ring_.size) +
                      " buffers that the RX ring needs are free",
                  "release frames that are held, or create a larger pool");
    }
    buffers_ = std::move(buffers);
    holding_.set(ring_.size);
  }
  for (uint32_t slot = 0; slot < ring_.size; ++slot) rearm(slot);
  next_ = 0;
  tail_ = ring_.mask();
  in_chain_ = false;
}

void RxRing::empty() noexcept {
  holding_.set(0);
  pool_.give(buffers_.data(), static_cast<uint32_t>(buffers_.size()));
  buffers_.clear();
}

}  // namespace pmd::igbvf
