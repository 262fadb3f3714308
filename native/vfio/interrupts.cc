#include "vfio/interrupts.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <type_traits>

#include "util/eventfd.h"
#include "vfio/errors.h"
#include "vfio/ioctls.h"

namespace pmd::vfio {

static_assert(!std::is_copy_constructible_v<Interrupts>, "owns descriptors");

namespace {

/// MSI-X allows no more.
constexpr uint32_t kMaximumVectors = 2048;

/// How many interrupts an index has; 0 also when the kernel does not know the index, as ERR on a device
/// without PCIe.
uint32_t irq_count(int device, uint32_t index) {
  vfio_irq_info info;
  const int result = ioctls::get_irq_info(device, index, info);
  if (result == -EINVAL) return 0;
  if (result < 0)
    throw device_error("VFIO_DEVICE_GET_IRQ_INFO", -result, "cannot read the device's interrupts");
  return (info.flags & VFIO_IRQ_INFO_EVENTFD) != 0 ? std::min(info.count, kMaximumVectors) : 0;
}

void bind_events(int device, uint32_t index, std::span<const int> events, const std::string& what) {
  const int result = ioctls::set_irq_eventfds(device, index, events);
  if (result < 0) throw device_error("VFIO_DEVICE_SET_IRQS", -result, "cannot enable " + what);
}

/// A single notification, where the kernel offers it.
UniqueFd arm(int device, uint32_t index, const std::string& what) {
  if (irq_count(device, index) == 0) return UniqueFd();
  UniqueFd event = make_eventfd();
  const int fd = event.get();
  bind_events(device, index, {&fd, 1}, what);
  return event;
}

}  // namespace

Interrupts::Interrupts(int device) : device_(device) {
  const uint32_t count = irq_count(device, VFIO_PCI_MSIX_IRQ_INDEX);
  for (uint32_t i = 0; i < count; ++i) vectors_.push_back(make_eventfd());
  error_ = arm(device, VFIO_PCI_ERR_IRQ_INDEX, "the device's error notification");
  removal_ = arm(device, VFIO_PCI_REQ_IRQ_INDEX, "the device's removal notification");
}

void Interrupts::enable() {
  if (vectors_.empty()) throw Error(ErrorCode::kVfio, "the device has no MSI-X interrupts");
  std::vector<int> events;
  for (const auto& vector : vectors_) events.push_back(vector.get());
  bind_events(device_, VFIO_PCI_MSIX_IRQ_INDEX, events, "the device's interrupts");
  enabled_ = true;
}

// ERR and REQ stay armed until the device is closed: a removal request must reach us until then.
void Interrupts::disable() noexcept {
  if (!enabled_) return;
  ioctls::disable_irqs(device_, VFIO_PCI_MSIX_IRQ_INDEX);
  enabled_ = false;
}

void Interrupts::renew() {
  if (!enabled_) return;
  disable();
  enable();
}

int Interrupts::vector_fd(unsigned vector) const noexcept {
  return vector < vectors_.size() ? vectors_[vector].get() : -1;
}

}  // namespace pmd::vfio
