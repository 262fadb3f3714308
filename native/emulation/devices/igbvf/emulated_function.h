#pragma once

#include <memory>
#include <string_view>

#include "emulation/devices/igbvf/fault_commands.h"
#include "emulation/devices/igbvf/software_vf.h"
#include "emulation/net/address.h"
#include "pci/function.h"

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

/// A software VF as a PCI function.
class EmulatedFunction final : public PciFunction, private DmaSpace, private FaultInjector {
 public:
  EmulatedFunction(const Address& address, OpenOptions options);
  ~EmulatedFunction() override;

  RegisterWindow& window(unsigned bar, uint64_t least) override;
  uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept override;
  DmaSpace& dma() noexcept override { return *this; }
  void set_bus_master(bool on) override { device_.set_bus_master(on); }
  void enable_interrupts() override { device_.set_interrupts(true); }
  void disable_interrupts() noexcept override { device_.set_interrupts(false); }
  int vector_fd(unsigned vector) const noexcept override {
    return vector < regs::kVectors ? device_.vector_fd(vector) : -1;
  }
  int error_fd() const noexcept override { return device_.error_fd(); }
  int removal_fd() const noexcept override { return device_.removal_fd(); }
  bool present() const noexcept override { return device_.present(); }
  CounterList counters() const override { return device_.counters(); }
  FrameLosses losses() const override { return device_.losses(); }
  FaultInjector* faults() noexcept override { return this; }

  /// The device behind, for tests: its faults, and its step() when it is stepped by hand.
  SoftwareVf& device() noexcept { return device_; }

 private:
  class Registers final : public RegisterWindow32 {
   public:
    explicit Registers(SoftwareVf& device) : RegisterWindow32(regs::kBarSize), device_(device) {}

   private:
    uint32_t load32(uint32_t offset) noexcept override { return device_.read32(offset); }
    void store32(uint32_t offset, uint32_t value) noexcept override { device_.write32(offset, value); }

    SoftwareVf& device_;
  };

  MemorySource& memory() noexcept override { return *memory_; }
  Iova map(std::shared_ptr<Region> region) override { return device_.map(std::move(region)); }
  void unmap(Iova base) noexcept override { device_.unmap(base); }
  void inject(std::string_view fault) override { carry_out(fault, device_); }

  std::unique_ptr<MemorySource> memory_;
  mutable SoftwareVf device_;
  Registers registers_;
};

/// What a software VF is: an 82576's.
inline constexpr PciId kEmulatedId{0x8086, 0x10CA};

/// Opens `emu:…`. Throws Error(kAddress, kBusy).
std::unique_ptr<EmulatedFunction> open_emulated(std::string_view address, OpenOptions options = {});

}  // namespace pmd::emulation
