#pragma once

#include <cstdint>
#include <optional>

#include "util/unique_fd.h"
#include "vfio/capabilities.h"

namespace pmd::vfio {

/// BAR memory of a device, mapped into this process and not into its forked children: a mapping holds the
/// device as a descriptor does.
class BarMapping {
 public:
  BarMapping(int device, const RegionInfo& region);
  ~BarMapping();
  BarMapping(const BarMapping&) = delete;
  BarMapping& operator=(const BarMapping&) = delete;

  volatile uint8_t* data() const noexcept { return data_; }
  uint64_t size() const noexcept { return size_; }

 private:
  volatile uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

/// An open PCI device: regions and configuration space.
///
/// Closing it may block: the kernel turns bus mastering off and resets the device, 0.1 s as a rule. When the
/// card was pulled out first, the kernel waits 70 s for a reset that cannot end, and nothing in user space
/// can shorten it; so ports are closed off the event loop.
class Device {
 public:
  /// Takes the descriptor, sees that it is a PCI device, and turns its bus mastering off and its memory space
  /// on. Throws Error(kVfio, kRemoved).
  explicit Device(UniqueFd fd);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  int fd() const noexcept { return fd_.get(); }
  RegionInfo region(uint32_t index) const;

  /// Throws Error(kVfio, kRemoved).
  void set_bus_master(bool on);
  /// Whether a reset from outside has switched off the bus mastering that was on, and all else in COMMAND
  /// with it. Throws Error(kVfio, kRemoved).
  bool was_wiped() const;
  /// Makes COMMAND what it was after open. Throws Error(kVfio, kRemoved).
  void rewrite_command();
  /// 1, 2 or 4 bytes of configuration space; all ones when it does not answer.
  uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept;
  /// False when configuration space answers all ones or not at all. Reads a register that VFIO passes
  /// through: vendor and device of a VF are the kernel's own copy and outlive the card.
  bool answers() const noexcept;

 private:
  uint16_t read_command() const;
  void write_command(uint16_t value);

  UniqueFd fd_;
  RegionInfo config_;
  bool bus_master_ = false;
};

}  // namespace pmd::vfio
