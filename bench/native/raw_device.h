#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "emulation/devices/igbvf/emulated_function.h"
#include "nic/igbvf/descriptors.h"
#include "nic/igbvf/registers.h"

namespace pmd::bench {

/// The same device as SteppedPort's, without our driver: brought up as far as its rings, for loops that drive
/// them by themselves. The region holds the RX ring, the TX ring, and two buffers per slot: first those of
/// the RX ring, which is armed with them in order, then as many spare ones.
class RawDevice {
 public:
  static constexpr uint32_t kStride = 35 * 64;  // as our pool's
  static constexpr uint32_t kFrameOffset = 128;

  /// `address` is an emulated one with `peer=flood`. Throws Error.
  RawDevice(const char* address, uint32_t ring);

  RegisterWindow& registers() noexcept { return registers_; }
  const std::shared_ptr<Region>& region() const noexcept { return region_; }
  uint32_t ring() const noexcept { return ring_; }
  uint32_t buffers_offset() const noexcept { return 2 * ring_ * sizeof(igb::RxDescriptor); }
  /// The device address of the region's first byte.
  uint64_t base() const noexcept { return base_.value(); }
  /// Where a buffer's frame begins, for the device.
  uint64_t address_of(uint32_t buffer) const noexcept {
    return base() + buffers_offset() + uint64_t{buffer} * kStride + kFrameOffset;
  }
  igb::RxDescriptor* rx() noexcept { return reinterpret_cast<igb::RxDescriptor*>(region_->data()); }
  igb::TxDescriptor* tx() noexcept { return reinterpret_cast<igb::TxDescriptor*>(rx() + ring_); }

  /// Tail registers as a mapped BAR would show them to a driver in JavaScript: read when the device steps.
  std::array<uint32_t, 2>& doorbells() noexcept { return *doorbells_; }
  const std::shared_ptr<std::array<uint32_t, 2>>& shared_doorbells() const noexcept { return doorbells_; }
  void ring_doorbells() noexcept;
  void step() noexcept;

 private:
  void write(const regs::Reg& reg, uint32_t value) noexcept { registers_.write32(reg.at(), value); }
  void request(std::initializer_list<uint32_t> words) noexcept;

  const uint32_t ring_;
  const std::unique_ptr<emulation::EmulatedFunction> function_;
  RegisterWindow& registers_;
  const std::shared_ptr<Region> region_;
  const Iova base_;
  const std::shared_ptr<std::array<uint32_t, 2>> doorbells_;
};

}  // namespace pmd::bench
