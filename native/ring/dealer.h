#pragma once

#include <cstdint>
#include <span>

#include "port/sender.h"

namespace pmd {

/// Deals the frames of bursts out to several senders, in order. A frame that its sender has no room for is
/// dropped, as a NIC does: no flow waits for another's receiver.
class Dealer {
 public:
  static constexpr uint32_t kMaxLanes = 64;

  /// Where frames go, or null: they are dropped. `burst` is empty and of Burst::kMaxCapacity, to gather them
  /// in.
  struct Lane {
    Sender* to;
    Burst* burst;
    uint32_t dropped;  ///< entries, of the last deal()
  };

  /// Says of each entry which of `lanes` its frame goes to.
  static void by_flow(const Burst& burst, uint32_t lanes, std::span<uint32_t> targets) noexcept;
  /// By VLAN, stripped or in the frame; those without a tag have one lane in common.
  static void by_tag(const Burst& burst, uint32_t lanes, std::span<uint32_t> targets) noexcept;

  /// Empties the burst. A frame goes where its first entry's target says, and nowhere where that is no lane.
  /// What the entries say is checked: a buffer that is not the thread's goes nowhere.
  static void deal(Burst& burst, std::span<Lane> lanes, std::span<const uint32_t> targets) noexcept;
};

}  // namespace pmd
