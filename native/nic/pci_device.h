#pragma once

#include <memory>
#include <utility>

#include "pci/function.h"
#include "port/device.h"

namespace pmd {

/// A PCI function as a port's device.
class PciDevice final : public Device {
 public:
  explicit PciDevice(std::unique_ptr<PciFunction> function)
      : Device({function->identity().address, function->identity().bus, to_string(function->identity().id)}),
        function_(std::move(function)) {}

  int error_fd() const noexcept override { return function_->error_fd(); }
  int removal_fd() const noexcept override { return function_->removal_fd(); }
  bool present() const noexcept override { return function_->present(); }
  CounterList counters() const override { return function_->counters(); }
  FrameLosses losses() const override { return function_->losses(); }
  FaultInjector* faults() noexcept override { return function_->faults(); }

 private:
  const std::unique_ptr<PciFunction> function_;
};

}  // namespace pmd
