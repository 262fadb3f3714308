#pragma once

#include <memory>
#include <string_view>

#include "emulation/devices/igbvf/fault_commands.h"
#include "emulation/devices/igbvf/software_vf.h"
#include "emulation/net/address.h"
#include "pci/bus.h"

namespace pmd::emulation {

struct OpenOptions {
  /// Where memory() comes from; null: this process's own, in small pages.
  std::unique_ptr<MemorySource> memory;
  PfPolicy policy;
  /// Without the engine: nothing moves but when the test calls device().step().
  bool hand_stepped = false;
  /// The device's clock; null: the engine's or, stepped by hand, the time of the step.
  TimeSource* time = nullptr;
};

/// The bus over a software VF.
class EmulatedBus final : public Bus {
 public:
  EmulatedBus(const Address& address, OpenOptions options);
  ~EmulatedBus() override;

  uint32_t read32(uint32_t offset) noexcept override { return device_.read32(offset); }
  void write32(uint32_t offset, uint32_t value) noexcept override { device_.write32(offset, value); }
  MemorySource& memory() noexcept override { return *memory_; }
  Iova map(std::shared_ptr<Region> region) override { return device_.map(std::move(region)); }
  void unmap(Iova base) noexcept override { device_.unmap(base); }
  void reset() override { device_.function_level_reset(); }
  void set_bus_master(bool on) override { device_.set_bus_master(on); }
  void enable_interrupts() override { device_.set_interrupts(true); }
  void disable_interrupts() noexcept override { device_.set_interrupts(false); }
  unsigned vector_count() const noexcept override { return regs::kVectors; }
  int vector_fd(unsigned vector) const noexcept override {
    return vector < regs::kVectors ? device_.vector_fd(vector) : -1;
  }
  int error_fd() const noexcept override { return device_.error_fd(); }
  int removal_fd() const noexcept override { return device_.removal_fd(); }
  bool present() const noexcept override { return device_.present(); }
  std::vector<std::pair<std::string, uint64_t>> counters() const override { return device_.counters(); }
  void inject(std::string_view fault) override { carry_out(fault, device_); }

  /// The device behind, for tests: its faults, and its step() when it is stepped by hand.
  SoftwareVf& device() noexcept { return device_; }

 private:
  std::unique_ptr<MemorySource> memory_;
  mutable SoftwareVf device_;
};

/// Opens `emu:…`. Throws Error(kAddress, kBusy).
std::unique_ptr<Bus> open_emulated(std::string_view address);
std::unique_ptr<EmulatedBus> open_emulated(std::string_view address, OpenOptions options);

}  // namespace pmd::emulation
