#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "nic/igbvf/ring.h"
#include "pci/register_window.h"
#include "port/queue.h"

namespace pmd::igbvf {

/// The transmit ring of a VF. The device is asked to report (RS) on the last descriptor of every send and on
/// every 32nd, so reclaiming reads one cache line for up to 32 frames.
class TxRing : public TxQueue {
 public:
  /// `max_frame`: bytes without FCS. `pool_base`: the device address of buffer 0.
  TxRing(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool,
         Iova pool_base, uint32_t max_frame);

  ~TxRing() override;

  uint32_t reclaim() noexcept override;
  uint32_t pending() const noexcept override { return (tail_ - clean_) & ring_.mask(); }
  uint32_t unsent() const noexcept override;
  bool has_room() noexcept override {
    reclaim();
    return pending() < ring_.mask();
  }

  // For the control thread, with the gate held.

  /// Starts over at slot 0 with an empty ring.
  void restart() noexcept;
  /// Gives the buffers in flight back to the pool, and counts what was not sent; the device must have
  /// stopped.
  void empty() noexcept;

  // For the control thread, at any time.

  /// Whether the device has reported what was written before `slot`; of a ring that was just restarted, yes.
  bool reported_before(uint32_t slot) const noexcept;
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 protected:
  /// Stands where a buffer would, of a descriptor whose buffer the next one has too.
  static constexpr uint32_t kNoBuffer = UINT32_MAX;

  uint32_t reclaim_into(PoolCache& cache) noexcept;

  const Doorbell tail_doorbell_;
  const Ring<igb::TxDescriptor> ring_;
  PacketPool& pool_;
  const Iova pool_base_;
  const uint32_t page_size_;
  uint8_t* const owners_;
  RingHolding holding_{RingHolding::Kind::kTx};
  std::atomic<uint32_t> max_frame_;
  std::vector<uint32_t> buffers_;  ///< the buffer behind each descriptor
  std::vector<uint32_t> reports_;  ///< slots with RS that the device has yet to report: a ring of its own
  uint32_t report_head_ = 0;
  uint32_t report_tail_ = 0;
  uint32_t tail_ = 0;   ///< the next free slot
  uint32_t clean_ = 0;  ///< the oldest slot that is not reclaimed
  uint32_t split_ = 0;  ///< slots in the ring without a buffer of their own

 private:
  uint32_t take_sent(uint32_t begin, uint32_t end, PoolCache& cache) noexcept;
  bool done(uint32_t slot) const noexcept;
  bool reported_done(uint32_t report) const noexcept;
  uint32_t take_until(uint32_t end, PoolCache& cache) noexcept;
};

/// A ring whose packet path is compiled for the pool's size class.
std::unique_ptr<TxRing> make_tx_ring(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, uint32_t max_frame);

}  // namespace pmd::igbvf
