#pragma once

#include <atomic>
#include <vector>

#include "nic/igbvf/ring.h"
#include "pci/register_window.h"
#include "port/queue.h"
#include "util/lanes.h"

namespace pmd::igbvf {

/// The transmit ring of a VF. The device is asked to report (RS) on the last descriptor of every send and on
/// every 32nd, so reclaiming reads one cache line for up to 32 frames.
class TxRing final : public TxQueue {
 public:
  /// `max_frame`: bytes without FCS. `pool_base`: the device address of buffer 0.
  TxRing(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool,
         Iova pool_base, uint32_t max_frame);

  ~TxRing() override;

  int32_t send(Burst& burst) noexcept override;
  uint32_t reclaim() noexcept override;
  uint32_t pending() const noexcept override { return (tail_ - clean_) & ring_.mask(); }

  // For the control thread, with the gate held.

  /// Starts over at slot 0 with an empty ring.
  void restart() noexcept;
  /// Gives the buffers in flight back to the pool; the device must have stopped.
  void empty() noexcept;

  // For the control thread, at any time.

  /// Whether the device has reported what was written before `slot`; of a ring that was just restarted, yes.
  bool reported_before(uint32_t slot) const noexcept;
  void set_max_frame(uint32_t bytes) noexcept { max_frame_.store(bytes, std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kReportEvery = 32;

  /// How far a send has come.
  struct Progress {
    uint32_t slot;            ///< the next to be written
    uint32_t room;            ///< slots
    uint32_t frames = 0;      ///< written
    uint32_t unreported = 0;  ///< of them, since the last with RS
    uint32_t split = 0;       ///< of them, in two slots
    uint64_t bytes = 0;
    void advance(uint32_t slots, uint32_t whole, uint32_t mask) noexcept {
      slot = (slot + slots) & mask;
      room -= slots;
      frames += whole;
      unreported += whole;
    }
  };
  /// Where a burst's entries stand, from one of them on.
  struct Entries {
    const uint32_t* index;
    const uint16_t* lengths;
    const uint16_t* offsets;
    void advance(uint32_t n) noexcept { index += n, lengths += n, offsets += n; }
  };
  /// Where frames go in the ring, from a slot on.
  struct Slots {
    igb::TxDescriptor* descriptors;
    uint32_t* buffers;
    void advance(uint32_t n) noexcept { descriptors += n, buffers += n; }
  };
  /// What a plain frame is checked against, in locals: a store through the owners' byte pointer may alias any
  /// member.
  struct Plain {
    uint32_t buffers;
    uint32_t longest;
    uint32_t page_size;
    uint64_t pool_base;
    uint8_t* owners;
    uint8_t self;
  };
  uint32_t write_plain(const Burst& burst, uint32_t most, Progress& at) noexcept;
  static bool write_one(const Plain& plain, const Entries& from, const Slots& to, uint64_t& bytes) noexcept;
  static bool write_four(const Plain& plain, const Entries& from, const Slots& to, U32x4& bytes) noexcept;
  static bool take_four(const Plain& plain, const uint32_t* buffers) noexcept;
  Refusal write_special(const Burst& burst, Progress& at) noexcept;
  void ask_for_report(Progress& at) noexcept;
  int32_t take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept;
  uint32_t take_sent(uint32_t begin, uint32_t end, PoolCache& cache) noexcept;
  uint32_t reclaim_into(PoolCache& cache) noexcept;
  bool done(uint32_t slot) const noexcept;
  bool reported_done(uint32_t report) const noexcept;
  uint32_t take_until(uint32_t end, PoolCache& cache) noexcept;

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
  uint32_t split_ = 0;  ///< frames in the ring that take two slots
};

}  // namespace pmd::igbvf
