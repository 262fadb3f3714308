#include "vfio/device.h"

#include <linux/pci_regs.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <type_traits>
#include <utility>

#include "vfio/errors.h"
#include "vfio/ioctls.h"

namespace pmd::vfio {

static_assert(!std::is_copy_constructible_v<BarMapping>, "owns a mapping");
static_assert(!std::is_copy_constructible_v<Device>, "owns a descriptor");

namespace {

constexpr uint16_t kAllOnes = 0xFFFF;

Error gone_error(const char* call) {
  return Error(ErrorCode::kRemoved, "the device does not answer: its configuration space reads all ones",
               "check that the card is still there: lspci -D")
      .from(call, ENODEV);
}

}  // namespace

BarMapping::BarMapping(int device, const RegionInfo& region) : size_(region.mappable) {
  void* address =
      mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, device, static_cast<off_t>(region.offset));
  if (address == MAP_FAILED) throw device_error("mmap", errno, "cannot map the device's registers");
  madvise(address, size_, MADV_DONTFORK);
  data_ = static_cast<volatile uint8_t*>(address);
}

BarMapping::~BarMapping() {
  munmap(const_cast<uint8_t*>(data_), size_);
}

Device::Device(UniqueFd fd) : fd_(std::move(fd)) {
  vfio_device_info info;
  const int result = ioctls::get_device_info(fd_.get(), info);
  if (result < 0) throw device_error("VFIO_DEVICE_GET_INFO", -result, "cannot read what the device is");
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) == 0 || info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX) {
    throw Error(ErrorCode::kUnsupportedDevice, "VFIO does not offer the device as a PCI device");
  }
  config_ = region(VFIO_PCI_CONFIG_REGION_INDEX);
  set_bus_master(false);  // the kernel has done so at open; this sets MEMORY as well
}

RegionInfo Device::region(uint32_t index) const {
  ioctls::InfoBuffer answer;
  const int result = ioctls::get_region_info(fd_.get(), index, answer);
  if (result < 0) {
    throw device_error("VFIO_DEVICE_GET_REGION_INFO", -result, "cannot read region " + std::to_string(index));
  }
  return parse_region_info(answer);
}

void Device::set_bus_master(bool on) {
  const uint16_t before = read_command();
  const auto rest = static_cast<uint16_t>(before & ~PCI_COMMAND_MASTER);
  const auto wanted = static_cast<uint16_t>(rest | PCI_COMMAND_MEMORY | (on ? PCI_COMMAND_MASTER : 0));
  if (wanted != before) write_command(wanted);
  bus_master_ = on;
}

bool Device::was_wiped() const {
  return bus_master_ && (read_command() & PCI_COMMAND_MASTER) == 0;
}

// Of a VF, VFIO shows MEMORY as set whatever the device has, so it is written without a look: QEMU 10.0 maps
// the registers of a VF that came back only then.
void Device::rewrite_command() {
  bus_master_ = false;
  write_command(static_cast<uint16_t>((read_command() & ~PCI_COMMAND_MASTER) | PCI_COMMAND_MEMORY));
}

uint32_t Device::read_config(uint16_t offset, unsigned bytes) const noexcept {
  uint32_t value = 0;
  const auto at = static_cast<off_t>(config_.offset + offset);
  return pread(fd_.get(), &value, bytes, at) == static_cast<ssize_t>(bytes) ? value : UINT32_MAX;
}

bool Device::answers() const noexcept {
  return read_config(PCI_CLASS_REVISION, 4) != UINT32_MAX;
}

// COMMAND is two bytes, little-endian like all of configuration space, as is every machine this runs on.
uint16_t Device::read_command() const {
  uint16_t value = 0;
  const auto at = static_cast<off_t>(config_.offset + PCI_COMMAND);
  const ssize_t got = pread(fd_.get(), &value, sizeof(value), at);
  if (got != sizeof(value)) {
    throw device_error("pread", got < 0 ? errno : EIO, "cannot read the device's configuration space");
  }
  if (value == kAllOnes) throw gone_error("pread");
  return value;
}

void Device::write_command(uint16_t value) {
  const auto at = static_cast<off_t>(config_.offset + PCI_COMMAND);
  const ssize_t written = pwrite(fd_.get(), &value, sizeof(value), at);
  if (written != sizeof(value)) {
    throw device_error("pwrite", written < 0 ? errno : EIO, "cannot write the device's configuration space");
  }
  if (((read_command() ^ value) & PCI_COMMAND_MASTER) != 0) {
    throw Error(ErrorCode::kVfio, "the device does not take the bus master bit");
  }
}

}  // namespace pmd::vfio
