#pragma once

#include <atomic>
#include <optional>

#include "dma/region.h"
#include "port/device.h"
#include "ports/pcap/address.h"
#include "ports/pcap/reader.h"
#include "ports/pcap/writer.h"

namespace pmd::pcap {

/// The files that an address names, as a port's device.
class PcapDevice final : public Device {
 public:
  /// Throws as Reader and Writer do.
  explicit PcapDevice(const Address& address);

  bool present() const noexcept override { return true; }
  FrameLosses losses() const override;

  MemorySource& memory() noexcept { return memory_; }
  const Address& address() const noexcept { return address_; }
  /// Null where nothing is read, or written.
  Reader* reader() noexcept { return reader_ ? &*reader_ : nullptr; }
  Writer* writer() noexcept { return writer_ ? &*writer_ : nullptr; }

  /// Becomes readable when the next frame is due, as set by the RX queue; -1 where frames come at any time.
  int due_fd() const noexcept { return due_.get(); }
  /// Asks the control thread to look at the queues.
  void call_control() noexcept;
  int control_fd() const noexcept { return control_.get(); }

  /// Frames that were sent to nowhere.
  void count_discarded(uint64_t frames) noexcept { discarded_.fetch_add(frames, std::memory_order_relaxed); }

 private:
  const Address address_;
  ProcessMemory memory_{HugePages::kTry};
  std::optional<Reader> reader_;
  std::optional<Writer> writer_;
  UniqueFd due_, control_;
  std::atomic<uint64_t> discarded_{0};
};

}  // namespace pmd::pcap
