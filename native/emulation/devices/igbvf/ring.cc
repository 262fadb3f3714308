#include "emulation/devices/igbvf/ring.h"

#include "nic/igbvf/descriptors.h"

namespace pmd::emulation {

namespace {
// Receive and transmit rings have the same registers at the same distances from their first one.
constexpr uint32_t kBaseLow = 0;
constexpr uint32_t kBaseHigh = regs::RDBAH.offset - regs::RDBAL.offset;
constexpr uint32_t kLength = regs::RDLEN.offset - regs::RDBAL.offset;
constexpr uint32_t kHead = regs::RDH.offset - regs::RDBAL.offset;
constexpr uint32_t kDca = regs::RXCTL.offset - regs::RDBAL.offset;
constexpr uint32_t kTail = regs::RDT.offset - regs::RDBAL.offset;
constexpr uint32_t kControl = regs::RXDCTL.offset - regs::RDBAL.offset;
static_assert(kTail == regs::TDT.offset - regs::TDBAL.offset);
static_assert(kControl == regs::TXDCTL.offset - regs::TDBAL.offset);
constexpr uint32_t kLengthMask = 0xFFF80;  // 19:7
}  // namespace

uint32_t Ring::read(uint32_t offset_in_ring) const noexcept {
  switch (offset_in_ring) {
    case kBaseLow:
      return static_cast<uint32_t>(base_);
    case kBaseHigh:
      return static_cast<uint32_t>(base_ >> 32);
    case kLength:
      return length_;
    case kHead:
      return head_;
    case kDca:
      return dca_;
    case kTail:
      return tail();
    case kControl:
      return control_;
    default:
      return 0;
  }
}

void Ring::write(uint32_t offset_in_ring, uint32_t value) noexcept {
  switch (offset_in_ring) {
    case kBaseLow:
      base_ = (base_ & ~uint64_t{UINT32_MAX}) | (value & ~(igb::kRingAlign - 1));
      return;
    case kBaseHigh:
      base_ = (base_ & UINT32_MAX) | uint64_t{value} << 32;
      return;
    case kLength:
      length_ = value & kLengthMask;
      return;
    case kHead:
      head_ = value & 0xFFFF;
      return;
    case kDca:
      dca_ = value;
      return;
    case kTail:
      return doorbell(value);
    case kControl:
      control_ = value & ~regs::dctl::SWFLSH;
      return;
    default:
      return;
  }
}

void Ring::clear() noexcept {
  base_ = 0;
  length_ = head_ = control_ = dca_ = 0;
  tail_.store(0, std::memory_order_relaxed);
  set_live(false);
}

void Ring::set_live(bool live) noexcept {
  if (live == live_.load(std::memory_order_relaxed)) return;
  live_.store(live, std::memory_order_relaxed);
  // Whatever the tail was, it must be written again.
  tail_.fetch_and(~kCounts, std::memory_order_relaxed);
}

}  // namespace pmd::emulation
