#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "emulation/devices/dma_table.h"
#include "emulation/devices/igbvf/faults.h"
#include "emulation/devices/igbvf/interrupt_unit.h"
#include "emulation/devices/igbvf/ring.h"
#include "emulation/devices/igbvf/rx_filter.h"
#include "emulation/devices/igbvf/rx_report.h"
#include "emulation/devices/igbvf/statistics.h"
#include "emulation/net/receiver.h"
#include "net/headers.h"
#include "nic/igbvf/descriptors.h"

namespace pmd::emulation {

/// Receive queue 0 and the way to it: filter, VLAN stripping, padding, scatter, write-back (82576EB
/// datasheet 7.1). A second receive queue has registers but no frames: neither Linux's PF nor QEMU sends a VF
/// any there. Guarded by the device's lock.
class RxPath final : public Receiver {
 public:
  struct Counters {
    uint64_t filtered = 0;       ///< wrong address, VLAN or length
    uint64_t too_long = 0;       ///< of these: only the length was wrong
    uint64_t no_descriptor = 0;  ///< the ring had too few descriptors
    uint64_t not_ready = 0;      ///< link down, bus master off, VFRE off or queue disabled
  };

  /// `offloads`: whether it looks into frames.
  RxPath(DmaTable& dma, InterruptUnit& interrupts, Statistics& statistics, FaultPlan& faults, bool offloads)
      : dma_(dma), interrupts_(interrupts), statistics_(statistics), faults_(faults), offloads_(offloads) {}

  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }
  RxFilter& filter() noexcept { return filter_; }
  const RxFilter& filter() const noexcept { return filter_; }
  const Counters& counters() const noexcept { return counters_; }

  uint32_t srrctl() const noexcept { return srrctl_; }
  void set_srrctl(uint32_t value) noexcept { srrctl_ = value; }
  /// RQDPC is cleared by a read.
  uint32_t take_drop_count() noexcept { return std::exchange(drop_count_, 0); }
  void clear_ring() noexcept;

  /// Link up and bus master on; the rest of "ready" is in the registers.
  void set_open(bool open) noexcept { open_ = open; }
  bool ready() const noexcept override { return open_ && filter_.vf_enabled() && ring_.enabled(); }
  const MacAddress& mac() const noexcept override { return filter_.mac(); }
  uint32_t room(uint32_t length) const noexcept override { return ring_.pending() / buffers_for(length); }
  bool deliver(const std::byte* frame, uint32_t length, uint64_t arrival_ns) noexcept override;
  uint32_t reserve(std::span<Place> places, uint32_t longest) noexcept override;
  void commit(std::span<const Place> places) noexcept override;

  /// A fault: reports a frame in the descriptor at the tail, which the driver has kept for itself.
  void report_stray() noexcept;

 private:
  uint32_t buffer_size() const noexcept {
    // BSIZEPACKET 0 means the PF's RCTL.BSIZE, which is 2048.
    const uint32_t kib = srrctl_ & regs::srrctl::kPacketKiBMask;
    return kib == 0 ? 2048 : kib * 1024;
  }
  uint32_t buffers_for(uint32_t length) const noexcept {
    return (length + buffer_size() - 1) / buffer_size();
  }
  void store(const std::byte* head, uint32_t head_length, const std::byte* rest, uint32_t rest_length,
             const RxReport& report, uint16_t tci) noexcept;
  void count_no_descriptor() noexcept {
    ++counters_.no_descriptor;
    // 82576EB datasheet 8.12.15: a 12-bit count that stops at its end.
    drop_count_ = std::min<uint32_t>(drop_count_ + 1, 0xFFF);
  }
  void count_received(uint32_t packets, uint64_t octets) noexcept {
    statistics_.packets_received += packets;
    statistics_.octets_received += static_cast<uint32_t>(octets + uint64_t{packets} * RxFilter::kCrc);
  }
  RxReport report_of(const std::byte* frame, uint32_t length, uint32_t type_at) const noexcept {
    return offloads_ && has_known_headers(load_be16(frame + type_at))
               ? report_headers({frame, length}, type_at)
               : RxReport{};
  }
  void write_back(igb::RxDescriptor& descriptor, RxReport report, uint16_t length, uint16_t tci) noexcept {
    if (!faults_.rx.empty()) [[unlikely]]
      spoil(report.status, length, tci);
    auto* words = reinterpret_cast<uint64_t*>(&descriptor);
    // No header split and no RSS hash. DD goes last, in one store with all that shares its quadword, and in
    // release order: whoever sees it sees the frame.
    std::atomic_ref<uint64_t>(words[0]).store(report.packet_info, std::memory_order_relaxed);
    std::atomic_ref<uint64_t>(words[1]).store(report.status | uint64_t{length} << 32 | uint64_t{tci} << 48,
                                              std::memory_order_release);
  }

  /// Puts what is planned in the place of what is true.
  void spoil(uint32_t& status, uint16_t& length, uint16_t& tci) noexcept;

  DmaTable& dma_;
  InterruptUnit& interrupts_;
  Statistics& statistics_;
  FaultPlan& faults_;
  const bool offloads_;
  RxFilter filter_;
  Ring ring_;
  Counters counters_;
  uint32_t srrctl_ = 0;
  uint32_t drop_count_ = 0;
  bool open_ = false;
};

}  // namespace pmd::emulation
