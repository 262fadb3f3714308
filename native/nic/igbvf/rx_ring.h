#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "nic/igbvf/ring.h"
#include "pci/register_window.h"
#include "port/queue.h"
#include "util/barrier.h"

namespace pmd::igbvf {

/// The receive ring of a VF. Every slot holds a buffer at all times: a frame is taken only when another
/// buffer can take its place, so the ring never runs dry by itself.
class RxRing : public RxQueue {
 public:
  /// The queue's interrupt.
  struct Interrupt {
    uint32_t mask;  ///< its bit in EIMS
    int fd;         ///< its eventfd
  };

  struct Traits {
    bool swaps_vlan;     ///< the i350 gives a stripped tag in network order on frames that were looped back
    bool chains;         ///< hands on frames that take several buffers, instead of dropping them
    uint32_t max_frame;  ///< bytes without FCS
  };

  /// `pool_base`: the device address of buffer 0.
  RxRing(RegisterWindow& registers, unsigned index, Ring<igb::RxDescriptor> ring, PacketPool& pool,
         Iova pool_base, const Traits& traits, Interrupt interrupt);

  ~RxRing() override;

  int wait_fd() const noexcept override { return interrupt_.fd; }
  bool arm() noexcept override;
  uint32_t count_ready() noexcept override;
  void take_event(int fd) noexcept override;

  // For the control thread, with the gate held.

  /// Fills every slot, from the pool where it has no buffer yet, and starts over at slot 0. Throws
  /// Error(kPoolTooSmall).
  void fill();
  /// Tells the device about the slots' descriptors; after the queue was enabled (82576: RDT only then).
  void publish() noexcept;
  /// Gives every buffer back to the pool.
  void empty() noexcept;

  // For the control thread, at any time.

  /// Longer frames are dropped from now on.
  void set_max_frame(uint32_t bytes) noexcept;

 protected:
  uint32_t max_frame() const noexcept { return max_frame_.load(std::memory_order_relaxed); }
  /// Sixteen bits, four times.
  static constexpr uint64_t kEach = 0x0001'0001'0001'0001;
  /// How many bytes more than the shortest a frame in one buffer may have, four times.
  uint64_t spans() const noexcept { return spans_.load(std::memory_order_relaxed); }
  bool done(uint32_t slot) const noexcept {
    return std::atomic_ref(ring_.descriptors[slot].wb.status_error).load(std::memory_order_relaxed) &
           igb::rx_status::DD;
  }
  /// Status and length of a report; what the device wrote before DD (packet type, the frame) is seen after
  /// it.
  static uint64_t load_word(const igb::RxDescriptor& report) noexcept {
    const uint64_t word = __atomic_load_n(&report.words[1], __ATOMIC_ACQUIRE);
    dma_read_barrier();
    return word;
  }
  Iova address_of(uint32_t buffer) const noexcept {
    return pool_base_ + (uint64_t{buffer} * pool_.stride() + kHeadroom);
  }
  int32_t idle(PoolCache& cache) noexcept;
  uint32_t unpublished() const noexcept { return (next_ - 1 - tail_) & ring_.mask(); }
  bool drop(uint32_t slot) noexcept;

  RegisterWindow& registers_;
  const Doorbell tail_doorbell_;
  const Ring<igb::RxDescriptor> ring_;
  PacketPool& pool_;
  const Iova pool_base_;
  const bool swaps_vlan_;
  const bool chains_;
  const Interrupt interrupt_;
  const uint32_t publish_every_;  ///< slots
  std::atomic<uint32_t> max_frame_;
  std::atomic<uint64_t> spans_;
  uint8_t* const owners_;
  RingHolding holding_{RingHolding::Kind::kRx};
  std::vector<uint32_t> buffers_;  ///< the buffer in each slot, once filled
  uint32_t idle_ = 0;              ///< receives that found nothing
  uint32_t next_ = 0;              ///< the slot that the device fills next
  uint32_t tail_ = 0;              ///< where the device was told that its slots end: RDT
  bool in_chain_ = false;          ///< inside a frame of several descriptors, which is being dropped

 private:
  void rearm(uint32_t slot) noexcept {
    ring_.descriptors[slot].read = {address_of(buffers_[slot]).value(), 0};
  }
};

/// A ring whose packet path is compiled for the pool's size class.
std::unique_ptr<RxRing> make_rx_ring(RegisterWindow& registers, unsigned index, Ring<igb::RxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, const RxRing::Traits& traits,
                                     RxRing::Interrupt interrupt);

}  // namespace pmd::igbvf
