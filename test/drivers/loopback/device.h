#pragma once

#include <array>
#include <memory>
#include <string>

#include "dma/region.h"
#include "loopback/cable.h"
#include "port/device.h"
#include "util/unique_fd.h"

namespace pmd::loopback {

inline constexpr unsigned kRxQueues = 2;

/// One end of a cable, as a port's device.
class LoopDevice final : public Device {
 public:
  /// Throws Error(kBusy, kDescriptors).
  LoopDevice(const std::string& address, const std::string& name);
  ~LoopDevice() override;

  bool present() const noexcept override { return true; }

  MemorySource& memory() noexcept { return memory_; }
  Cable& cable() noexcept { return *cable_; }
  unsigned end() const noexcept { return end_; }
  /// The eventfd of an RX queue.
  int wait_fd(unsigned queue) const noexcept { return wait_fds_[queue].get(); }

 private:
  ProcessMemory memory_{HugePages::kTry};
  const std::shared_ptr<Cable> cable_;
  std::array<UniqueFd, kRxQueues> wait_fds_;
  unsigned end_;
};

}  // namespace pmd::loopback
