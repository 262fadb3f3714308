#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "emulation/devices/dma_table.h"
#include "emulation/devices/igbvf/ring.h"
#include "emulation/devices/igbvf/tx_packets.h"
#include "emulation/net/time_source.h"
#include "nic/igbvf/descriptors.h"

namespace pmd::emulation {

/// What TX does, over all queues of a device.
struct TxCounters {
  uint64_t descriptors = 0;
  uint64_t report_status = 0;  ///< descriptors with RS
  uint64_t malformed = 0;  ///< frames dropped: length 0 or beyond the limit, wrong PAYLEN, no IFCS, no such
                           ///< context, or one that does not fit the frame
  uint64_t lost_to_faults = 0;  ///< frames dropped: part of them was not mapped
};

/// Where frames go from here.
class FrameSink {
 public:
  /// A frame that the driver had handed over by `ready_ns`. False: not now; it stays in the ring and is
  /// offered again.
  virtual bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                        uint64_t now_ns) noexcept = 0;

 protected:
  ~FrameSink() = default;
};

/// One transmit queue (82576EB datasheet 7.2): advanced data and context descriptors, gathering, offloads,
/// write-back of DD or of the head. Guarded by the device's lock.
class TxQueue {
 public:
  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }
  uint64_t write_back_address() const noexcept { return write_back_; }
  void set_write_back_low(uint32_t value) noexcept {
    write_back_ = (write_back_ & ~uint64_t{UINT32_MAX}) | value;
  }
  void set_write_back_high(uint32_t value) noexcept {
    write_back_ = (write_back_ & UINT32_MAX) | uint64_t{value} << 32;
  }
  void clear() noexcept;
  void set_live(bool live) noexcept;

  struct Progress {
    uint32_t frames = 0;    ///< sent or dropped
    bool reported = false;  ///< there was an RS: an interrupt cause
    bool stalled = false;   ///< the sink took no more
  };
  /// Up to `budget` frames.
  Progress run(uint32_t budget, DmaTable& dma, TxCounters& counters, FrameSink& sink,
               TimeSource& time) noexcept;

 private:
  /// Frames of more pieces are dropped, as QEMU's model does.
  static constexpr uint32_t kMaxSegments = 64;

  enum class Kind : uint8_t { kIncomplete, kContext, kFrame, kMalformed, kFault };
  struct Fetched {
    Kind kind = Kind::kIncomplete;
    uint32_t descriptors = 0;
    const std::byte* data = nullptr;
    uint32_t length = 0;
  };

  Fetched fetch(const igb::TxDescriptor* ring, uint32_t pending, DmaTable& dma) noexcept;
  uint32_t count_descriptors(const igb::TxDescriptor* ring, uint32_t pending) const noexcept;
  Fetched gather(const igb::TxDescriptor* ring, uint32_t count, DmaTable& dma) noexcept;
  bool append(const std::byte* data, uint32_t length) noexcept;
  bool prepare(igb::TxDescriptor first, std::span<const std::byte> frame) noexcept;
  bool transmit(FrameSink& sink, uint64_t ready_ns, uint64_t now_ns) noexcept;
  bool complete(igb::TxDescriptor* ring, uint32_t count, DmaTable& dma, TxCounters& counters) noexcept;

  Ring ring_;
  uint64_t write_back_ = 0;
  std::array<TxContext, igb::tx_context::kSlots> contexts_;
  TxPackets packets_;  ///< of the frame at the head
  uint32_t sent_ = 0;  ///< of them
  /// Descriptors at the head that were there at the last step, and when that was.
  uint32_t known_ = 0;
  uint64_t known_since_ns_ = 0;
  /// A frame in one piece, for those that are not. Made when first needed.
  std::unique_ptr<std::byte[]> assembled_;
  uint32_t assembled_length_ = 0;
};

}  // namespace pmd::emulation
