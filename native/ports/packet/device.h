#pragma once

#include <linux/if_packet.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "dma/region.h"
#include "port/device.h"
#include "ports/kernel/watched_interface.h"
#include "ports/packet/address.h"
#include "util/unique_fd.h"

namespace pmd::packet {

/// The sockets of an interface, as a port's device: one that receives through a ring which the kernel fills,
/// one that sends, and one that sends what the kernel is to cut. All are bound to the interface's index, so
/// that its name does not matter any more.
class PacketDevice final : public Device {
 public:
  /// Throws Error(kNoDevice, kAccess, kUnsupportedDevice, kDescriptors).
  explicit PacketDevice(const Address& address);

  bool present() const noexcept override { return present_.load(std::memory_order_relaxed); }
  FrameLosses losses() const override;

  MemorySource& memory() noexcept { return memory_; }
  int rx_socket() const noexcept { return rx_.get(); }
  bool has_blocks() const noexcept { return has_blocks_; }
  int tx_socket() const noexcept { return tx_.get(); }
  /// Takes a header of VIRTIO before each frame.
  int offload_socket() const noexcept { return offload_.get(); }
  const kernel::WatchedInterface& interface() const noexcept { return interface_; }
  /// What the interface is now; nothing when it is gone, and then the device is. Throws Error(kRemoved) when
  /// it got another name.
  std::optional<kernel::Interface> look();

  /// From here on frames are received.
  void bind_rx();
  /// Adds or drops a membership (PACKET_MR_…). Throws Error(kPeerRefused).
  void join(bool member, int type, const MacAddress& mac = {});

 private:
  ProcessMemory memory_{HugePages::kTry};
  UniqueFd tx_, offload_, rx_;
  kernel::WatchedInterface interface_;
  const bool has_blocks_;
  std::atomic<bool> present_{true};
  mutable std::mutex mutex_;     // guards missed_
  mutable uint64_t missed_ = 0;  ///< the kernel forgets its count when it is read
};

}  // namespace pmd::packet
