#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "dma/region.h"
#include "port/device.h"
#include "ports/kernel/watched_interface.h"
#include "ports/tap/address.h"
#include "util/unique_fd.h"

namespace pmd::tap {

/// A TAP interface as a port's device: what the kernel sends on it is received, and the other way round. It
/// ends with the device, unless it persists.
class TapDevice final : public Device {
 public:
  /// Creates the interface, or attaches to it. Throws Error(kNoDevice, kAccess, kBusy, kUnsupportedDevice,
  /// kInvalidArgument, kDescriptors).
  explicit TapDevice(const Address& address);
  ~TapDevice() override;

  bool present() const noexcept override { return present_.load(std::memory_order_relaxed); }
  FrameLosses losses() const override;

  MemorySource& memory() noexcept { return memory_; }
  int fd() const noexcept { return tap_.get(); }
  const kernel::WatchedInterface& interface() const noexcept { return interface_; }

  /// Its link now; nothing when it is gone. Throws Error(kRemoved) when it got another name.
  std::optional<Link> look();

 private:
  std::optional<uint64_t> count_missed() const;

  ProcessMemory memory_{HugePages::kTry};
  UniqueFd tap_;
  kernel::WatchedInterface interface_;
  std::optional<uint64_t> missed_before_;  ///< the port was opened
  std::atomic<bool> present_{true};
};

}  // namespace pmd::tap
