#pragma once

#include <memory>

#include "pci/bus.h"
#include "qtest/qtest_machine.h"

namespace pmd::qtest {

/// The bus over a VF of QEMU's igb: register accesses are round trips over the qtest socket (some tens of
/// microseconds), packet memory is shared. Transmission happens inside the TDT write. Opening and closing
/// reset the function, as vfio does.
class QtestBus final : public Bus {
 public:
  /// Throws Error(kBusy).
  QtestBus(std::shared_ptr<QtestMachine> machine, unsigned vf);
  ~QtestBus() override;

  uint32_t read32(uint32_t offset) noexcept override { return machine_->read32(vf_, offset); }
  void write32(uint32_t offset, uint32_t value) noexcept override { machine_->write32(vf_, offset, value); }
  MemorySource& memory() noexcept override { return source_; }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override { mapped_.erase(base); }
  void reset() override { machine_->reset_function(vf_); }
  void set_bus_master(bool on) override { machine_->set_bus_master(vf_, on); }
  void enable_interrupts() override { machine_->set_interrupts(vf_, true); }
  void disable_interrupts() noexcept override { machine_->set_interrupts(vf_, false); }
  unsigned vector_count() const noexcept override { return QtestMachine::kVectors; }
  int vector_fd(unsigned vector) const noexcept override { return machine_->vector_fd(vf_, vector); }
  int error_fd() const noexcept override { return -1; }
  int removal_fd() const noexcept override { return -1; }
  bool present() const noexcept override { return machine_->present(vf_); }

 private:
  class Source final : public MemorySource {
   public:
    explicit Source(std::shared_ptr<GuestMemory> memory) : memory_(std::move(memory)) {}
    std::shared_ptr<Region> allocate(size_t size) override { return memory_->allocate(size); }

   private:
    std::shared_ptr<GuestMemory> memory_;
  };

  std::shared_ptr<QtestMachine> machine_;
  const unsigned vf_;
  Source source_;
  std::map<Iova, std::shared_ptr<Region>> mapped_;
};

}  // namespace pmd::qtest
