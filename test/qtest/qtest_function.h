#pragma once

#include <memory>

#include "pci/function.h"
#include "qtest/qtest_machine.h"

namespace pmd::qtest {

/// A VF of QEMU's igb: register accesses are round trips over the qtest socket (some tens of microseconds),
/// packet memory is shared. Transmission happens inside the TDT write. Opening and closing reset the
/// function, as vfio does.
class QtestFunction final : public PciFunction, private DmaSpace {
 public:
  /// Throws Error(kBusy).
  QtestFunction(std::shared_ptr<QtestMachine> machine, unsigned vf);
  ~QtestFunction() override;

  RegisterWindow& window(unsigned bar, uint64_t least) override;
  uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept override {
    return machine_->read_config(vf_, offset, bytes);
  }
  DmaSpace& dma() noexcept override { return *this; }
  void set_bus_master(bool on) override { machine_->set_bus_master(vf_, on); }
  void enable_interrupts() override { machine_->set_interrupts(vf_, true); }
  void disable_interrupts() noexcept override { machine_->set_interrupts(vf_, false); }
  int vector_fd(unsigned vector) const noexcept override {
    return vector < QtestMachine::kVectors ? machine_->vector_fd(vf_, vector) : -1;
  }
  bool present() const noexcept override { return machine_->present(vf_); }

 private:
  class Registers final : public RegisterWindow32 {
   public:
    Registers(QtestMachine& machine, unsigned vf)
        : RegisterWindow32(QtestMachine::kBarSize), machine_(machine), vf_(vf) {}

   private:
    uint32_t load32(uint32_t offset) noexcept override { return machine_.read32(vf_, offset); }
    void store32(uint32_t offset, uint32_t value) noexcept override { machine_.write32(vf_, offset, value); }

    QtestMachine& machine_;
    const unsigned vf_;
  };
  class Source final : public MemorySource {
   public:
    explicit Source(std::shared_ptr<GuestMemory> memory) : memory_(std::move(memory)) {}
    std::shared_ptr<Region> allocate(size_t size) override { return memory_->allocate(size); }

   private:
    std::shared_ptr<GuestMemory> memory_;
  };

  MemorySource& memory() noexcept override { return source_; }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override { mapped_.erase(base); }

  std::shared_ptr<QtestMachine> machine_;
  const unsigned vf_;
  Registers registers_;
  Source source_;
  std::map<Iova, std::shared_ptr<Region>> mapped_;
};

}  // namespace pmd::qtest
