#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "pci/dma_space.h"
#include "pci/pci_id.h"
#include "pci/register_window.h"
#include "util/counter_list.h"
#include "util/fault_injector.h"
#include "util/frame_losses.h"

namespace pmd {

/// Who the function is, as whoever opened it found it.
struct PciIdentity {
  PciId id;
  std::string address;  ///< the port address it was opened by, e.g. 0000:01:10.0 or emu:a
  std::string bus;      ///< "vfio", "emulation" or "qtest"
};

/// A PCI function that this process owns: what a NIC driver stands on.
///
/// Threads: registers may be accessed from several threads at once. Everything else is for one thread at a
/// time (the opener, then the control thread).
///
/// Order that a driver keeps: reset the device, make the rings ready, enable interrupts, enable bus mastering
/// last. On the way down: bus mastering off, then unmap. Nothing is mapped or signalled any more once the
/// function is destroyed.
class PciFunction {
 public:
  virtual ~PciFunction() = default;
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;

  const PciIdentity& identity() const noexcept { return identity_; }

  /// The registers of a BAR, mapped at the first call; they live as long as the function. A removed device
  /// reads all ones (hardware) or zeros (QEMU). Throws Error(kUnsupportedDevice) when the BAR is smaller than
  /// `least` bytes or can't be mapped.
  virtual RegisterWindow& window(unsigned bar, uint64_t least) = 0;
  /// 1, 2 or 4 bytes of configuration space; all ones when the device does not answer.
  virtual uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept = 0;
  virtual DmaSpace& dma() noexcept = 0;

  /// PCI bus mastering: without it the device reads zeros and writes nothing. Throws Error(kVfio, kRemoved).
  virtual void set_bus_master(bool on) = 0;
  /// A reset of the whole slot (the kernel's answer to a fatal error of the link) wipes configuration space,
  /// and nobody restores a virtual function's. If that has happened: registers answer again, interrupts are
  /// as they were, and bus mastering is off. Throws Error(kVfio, kRemoved).
  virtual void restore() {}

  /// Enables all MSI-X vectors at once (older kernels can't resize afterwards). Throws Error(kVfio).
  virtual void enable_interrupts() = 0;
  virtual void disable_interrupts() noexcept = 0;
  /// The eventfd that vector `vector` signals; -1 when there is no such vector. Owned by the function,
  /// non-blocking.
  virtual int vector_fd(unsigned vector) const noexcept = 0;
  /// Signalled on an uncorrectable error of the device; -1 where there is no such signal.
  virtual int error_fd() const noexcept { return -1; }
  /// Signalled when the system wants the device back (unbind, hot-unplug); -1 where there is none.
  virtual int removal_fd() const noexcept { return -1; }
  /// False once the device is known to be gone, by something better than a BAR register. A card that is
  /// pulled out in silence may signal nothing: ask when registers look wrong.
  virtual bool present() const noexcept = 0;

  /// What whoever opened it can count (register accesses, refused DMA); nothing on hardware.
  virtual CounterList counters() const { return {}; }
  /// Nothing is known of a device in hardware. Any thread.
  virtual FrameLosses losses() const { return {}; }
  /// Null but for a device in software.
  virtual FaultInjector* faults() noexcept { return nullptr; }

 protected:
  explicit PciFunction(PciIdentity identity) : identity_(std::move(identity)) {}

 private:
  PciIdentity identity_;
};

}  // namespace pmd
