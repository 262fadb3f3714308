#pragma once

#include <memory>
#include <utility>

#include "pci/function.h"

namespace pmd {

/// A PCI function that passes everything on to another one: for tests that change or watch a part of it.
class ForwardingFunction : public PciFunction {
 public:
  explicit ForwardingFunction(std::unique_ptr<PciFunction> inner)
      : PciFunction(inner->identity()), inner_(std::move(inner)) {}

  RegisterWindow& window(unsigned bar, uint64_t least) override { return inner_->window(bar, least); }
  uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept override {
    return inner_->read_config(offset, bytes);
  }
  DmaSpace& dma() noexcept override { return inner_->dma(); }
  void set_bus_master(bool on) override { inner_->set_bus_master(on); }
  void restore() override { inner_->restore(); }
  void enable_interrupts() override { inner_->enable_interrupts(); }
  void disable_interrupts() noexcept override { inner_->disable_interrupts(); }
  int vector_fd(unsigned vector) const noexcept override { return inner_->vector_fd(vector); }
  int error_fd() const noexcept override { return inner_->error_fd(); }
  int removal_fd() const noexcept override { return inner_->removal_fd(); }
  bool present() const noexcept override { return inner_->present(); }
  CounterList counters() const override { return inner_->counters(); }
  FrameLosses losses() const override { return inner_->losses(); }
  FaultInjector* faults() noexcept override { return inner_->faults(); }

 protected:
  PciFunction& inner() noexcept { return *inner_; }

 private:
  std::unique_ptr<PciFunction> inner_;
};

}  // namespace pmd
