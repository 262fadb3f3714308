#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dma/iova.h"
#include "dma/region.h"
#include "pci/pci_id.h"
#include "util/error.h"

namespace pmd {

/// Who the device is, as its bus found it.
struct DeviceIdentity {
  PciId id;
  std::string address;  ///< the port address it was opened by, e.g. 0000:01:10.0 or emu:a
  std::string bus;      ///< "vfio", "emulation" or "qtest"
};

/// What a NIC driver stands on: registers, DMA mapping, interrupts, reset, and "the device is going away".
///
/// Threads: read32/write32 may be called from several threads at once, on different registers. Everything
/// else is for one thread at a time (the opener, then the control thread).
///
/// Order that a driver keeps: reset, rings ready, interrupts enabled, bus master last; bus master off first
/// on the way down, then unmap. Nothing is mapped or signalled any more once the bus is destroyed.
class Bus {
 public:
  virtual ~Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  const DeviceIdentity& identity() const noexcept { return identity_; }

  /// 32-bit register access in BAR0, doorbells too. A removed device reads all ones (hardware) or zeros
  /// (QEMU).
  virtual uint32_t read32(uint32_t offset) noexcept = 0;
  virtual void write32(uint32_t offset, uint32_t value) noexcept = 0;

  /// Where memory comes from that this device can reach; the process's own for every bus but a test's.
  virtual MemorySource& memory() noexcept = 0;
  /// Makes the region readable and writable by the device and returns the device address of its first byte.
  /// The bus keeps the region alive until it is unmapped. Throws Error(kDma, kMemlock).
  virtual Iova map(std::shared_ptr<Region> region) = 0;
  /// Ends the device's access to a region. Only when no DMA can be under way.
  virtual void unmap(Iova base) noexcept = 0;

  /// Function level reset: queues off, interrupts masked in the device; mappings and eventfds stay. Not while
  /// a removal is asked for: who asks holds the device's lock, and closing resets anyway. Throws Error(kVfio,
  /// kRemoved).
  virtual void reset() = 0;
  /// A reset of the whole slot (the kernel's answer to a fatal error of the link) wipes configuration space,
  /// and nobody restores a VF's. If that has happened: registers answer again, interrupts are as they were,
  /// and bus mastering is off. Throws Error(kVfio, kRemoved).
  virtual void restore() {}
  /// PCI bus mastering: without it the device reads zeros and writes nothing.
  virtual void set_bus_master(bool on) = 0;

  /// Enables all MSI-X vectors at once (older kernels can't resize afterwards). Throws Error(kVfio).
  virtual void enable_interrupts() = 0;
  virtual void disable_interrupts() noexcept = 0;
  virtual unsigned vector_count() const noexcept = 0;
  /// The eventfd that vector `vector` signals. Owned by the bus, non-blocking.
  virtual int vector_fd(unsigned vector) const noexcept = 0;
  /// Signalled on an uncorrectable error of the device; -1 where the bus has no such signal.
  virtual int error_fd() const noexcept = 0;
  /// Signalled when the system wants the device back (unbind, hot-unplug, sriov_numvfs); -1 where there is
  /// none.
  virtual int removal_fd() const noexcept = 0;
  /// False once the device is known to be gone, by something better than a BAR register. A card that is
  /// pulled out in silence may signal nothing: ask when registers look wrong.
  virtual bool present() const noexcept = 0;
  /// What the bus itself can count (register accesses, refused DMA), by name; nothing on hardware.
  virtual std::vector<std::pair<std::string, uint64_t>> counters() const { return {}; }
  /// For tests: makes something go wrong with the device, by name; any thread. Only a device in software can.
  /// Throws Error(kInvalidArgument).
  virtual void inject(std::string_view) {
    throw Error(ErrorCode::kInvalidArgument, "nothing can be made to go wrong with " + identity_.address,
                "only an emulated device has faults on demand");
  }

 protected:
  explicit Bus(DeviceIdentity identity) : identity_(std::move(identity)) {}

 private:
  DeviceIdentity identity_;
};

}  // namespace pmd
