#pragma once

#include <array>

#include "emulation/net/address.h"
#include "emulation/net/link.h"
#include "emulation/net/pacer.h"

namespace pmd::emulation {

/// The address of the far end of `peer=flood`: locally administered, never given to a VF.
inline constexpr MacAddress kFloodPeerMac{0x02, 0x70, 0x6D, 0x64, 0x00, 0x01};

/// The far end of `peer=flood`: a sink that counts what the port sends, and a source of frames for it.
///
/// Frames go to the receiver's MAC from kFloodPeerMac, EtherType 0x88B5 (local experiments), with a 64-bit
/// big-endian sequence number after it and bytes from the seed up to the end. Without a rate the source keeps
/// the receiver full, and waits while it has no room. With a rate it sends on time, and the receiver drops
/// and counts what finds no room.
class FloodPeer final : public Link {
 public:
  explicit FloodPeer(const Address& address);

  SpinLock& lock() noexcept override { return lock_; }
  void attach(Receiver* receiver) noexcept override { receiver_ = receiver; }
  bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                uint64_t now_ns) noexcept override;
  uint32_t step(uint32_t budget, uint64_t now_ns) noexcept override;
  uint64_t next_arrival() const noexcept override;
  void append_counters(CounterList& list) const override;

 private:
  /// Frames beyond the header are cut from here; lengths are rounded up to whole words when copied.
  static constexpr uint32_t kTemplateBytes = kMaxFloodFrame + 64;

  /// A frame of any length at `buffer`; returns its length.
  uint32_t make(std::byte* buffer) noexcept;
  uint32_t send_all(uint32_t budget, uint64_t now_ns) noexcept;
  uint32_t make_in_place(uint32_t budget) noexcept;
  uint32_t send_paced(uint32_t budget, uint64_t now_ns) noexcept;
  uint32_t next_length() noexcept;
  bool refresh() noexcept;

  SpinLock lock_;
  Receiver* receiver_ = nullptr;
  bool was_ready_ = false;
  uint32_t min_size_;
  uint32_t max_size_;
  uint64_t random_;
  Pacer pacer_;
  uint64_t next_try_ns_ = kNever;  ///< without a rate; never: after a doorbell
  uint64_t sequence_ = 0;
  uint64_t sent_ = 0;
  uint64_t sent_bytes_ = 0;
  uint64_t received_ = 0;
  uint64_t received_bytes_ = 0;
  alignas(64) std::array<std::byte, kTemplateBytes> template_;
};

}  // namespace pmd::emulation
