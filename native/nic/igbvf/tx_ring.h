#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "nic/igbvf/ring.h"
#include "nic/igbvf/tx_offload.h"
#include "nic/igbvf/tx_stream.h"
#include "pci/register_window.h"
#include "port/frame_cutter.h"
#include "port/queue.h"

namespace pmd::igbvf {

/// The transmit ring of a VF. The device is asked to report (RS) on the last descriptor of every send and on
/// every 32nd, so reclaiming reads one cache line for up to 32 frames.
class TxRing : public TxQueue {
 public:
  struct Traits {
    uint32_t max_frame;  ///< bytes without FCS
    bool offloads;       ///< whether the device meets requests; else it is done here
  };

  /// `pool_base`: the device address of buffer 0.
  TxRing(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring, PacketPool& pool,
         Iova pool_base, const Traits& traits);

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

  /// Of every data descriptor. The device pads only if the PF allows it (TCTL.PSP), and QEMU's never does; a
  /// short frame would also send what the buffer held before.
  static constexpr uint32_t kData = igb::tx_cmd::DTYP_DATA | igb::tx_cmd::DEXT | igb::tx_cmd::IFCS;

  /// How far a send has come.
  struct Progress {
    uint32_t slot;            ///< the next to be written
    uint32_t room;            ///< slots
    uint32_t entries = 0;     ///< written
    uint32_t unreported = 0;  ///< of them, since the last with RS
    uint32_t joined = 0;      ///< of them, not the first of their frames
    uint32_t split = 0;       ///< slots without a buffer of their own
    uint64_t bytes = 0;
    void advance(uint32_t plain, uint32_t mask) noexcept {
      slot = (slot + plain) & mask;
      room -= plain;
      entries += plain;
      unreported += plain;
    }
  };
  uint32_t reclaim_into(PoolCache& cache) noexcept;
  Refusal write_special(const Burst& burst, uint32_t entries, Progress& at) noexcept;
  int32_t take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept;

  const Doorbell tail_doorbell_;
  const Ring<igb::TxDescriptor> ring_;
  PacketPool& pool_;
  const Iova pool_base_;
  const uint32_t page_size_;
  const bool offloads_;
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
  TxContexts contexts_;
  TxStream stream_;
  FrameCutter cutter_;

 private:
  /// Entries that a frame may take: of the smallest size class, 64 KiB that the device cuts take 33.
  static constexpr uint32_t kMostPieces = 40;
  /// The part of a frame in one buffer, and a whole frame.
  struct Piece {
    uint32_t buffer;
    uint32_t length;
    uint64_t position;  ///< in the pool
  };
  struct Frame {
    TxRequest request;
    std::array<Piece, kMostPieces> pieces;
    uint32_t count = 0;
    uint32_t bytes = 0;
    uint32_t padding = 0;  ///< of the bytes
    uint32_t slots = 0;    ///< that it takes
  };
  Refusal take_frame(const Burst& burst, uint32_t first, uint32_t entries, Frame& frame,
                     TxOffload& offload) noexcept;
  Refusal take_pieces(const Burst& burst, uint32_t first, uint32_t entries, uint32_t pad_to,
                      Frame& frame) noexcept;
  Refusal write_frame(Frame& frame, const TxOffload& offload, Progress& at) noexcept;
  Refusal write_segments(const Frame& frame, Progress& at) noexcept;
  void write_segment(uint32_t buffer, uint32_t tag, uint16_t tci, Progress& at) noexcept;
  void load_context(uint64_t context, uint32_t index, Progress& at) noexcept;
  void write_piece(Piece piece, uint32_t command, uint32_t status, Progress& at) noexcept;
  uint32_t take_sent(uint32_t begin, uint32_t end, PoolCache& cache) noexcept;
  bool done(uint32_t slot) const noexcept;
  bool reported_done(uint32_t report) const noexcept;
  uint32_t take_until(uint32_t end, PoolCache& cache) noexcept;
};

/// A ring whose packet path is compiled for the pool's size class.
std::unique_ptr<TxRing> make_tx_ring(RegisterWindow& registers, unsigned index, Ring<igb::TxDescriptor> ring,
                                     PacketPool& pool, Iova pool_base, const TxRing::Traits& traits);

}  // namespace pmd::igbvf
