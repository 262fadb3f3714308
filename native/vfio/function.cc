#include "vfio/function.h"

#include <linux/vfio.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "pci/diagnosis.h"
#include "util/error.h"
#include "vfio/container.h"
#include "vfio/device.h"
#include "vfio/dma_space.h"
#include "vfio/group.h"
#include "vfio/interrupts.h"

namespace pmd::vfio {

using pci::DeviceFacts;
using pci::PciAddress;
using pci::SysfsRoot;

namespace {

constexpr unsigned kBars = 6;

/// Container, group and device in the order in which VFIO wants them opened. They are closed in the opposite
/// one, so that the kernel resets the device while the IOMMU still guards it.
struct Session {
  Session(const DeviceFacts& facts, const SysfsRoot& root) : container(root), group(facts, root) {
    open(facts);
  }
  Session(const DeviceFacts& facts, Descriptors descriptors)
      : container(std::move(descriptors.container)), group(facts, std::move(descriptors.group)) {
    open(facts);
  }

  void open(const DeviceFacts& facts) {
    group.attach(container);
    container.set_iommu(facts);
    device.emplace(group.open_device());
  }

  Container container;
  Group group;
  std::optional<Device> device;
};

/// A mapped BAR. Every machine that this runs on is little-endian, as registers are.
class BarWindow final : public RegisterWindow {
 public:
  BarWindow(int device, const RegionInfo& region)
      : RegisterWindow(region.mappable), mapping_(device, region) {}

 private:
  template <typename Word>
  volatile Word* at(uint32_t offset) const noexcept {
    return reinterpret_cast<volatile Word*>(mapping_.data() + offset);
  }
  uint64_t load(uint32_t offset, unsigned bytes) noexcept override {
    if (bytes == 1) return *at<uint8_t>(offset);
    if (bytes == 2) return *at<uint16_t>(offset);
    return bytes == 4 ? *at<uint32_t>(offset) : *at<uint64_t>(offset);
  }
  void store(uint32_t offset, unsigned bytes, uint64_t value) noexcept override {
    if (bytes == 1)
      *at<uint8_t>(offset) = static_cast<uint8_t>(value);
    else if (bytes == 2)
      *at<uint16_t>(offset) = static_cast<uint16_t>(value);
    else if (bytes == 4)
      *at<uint32_t>(offset) = static_cast<uint32_t>(value);
    else
      *at<uint64_t>(offset) = value;
  }
  void store32(uint32_t offset, uint32_t value) noexcept override { *at<uint32_t>(offset) = value; }

  const BarMapping mapping_;
};

/// Identifies a sysfs directory: one made anew for another device at the same address has another number.
std::optional<ino_t> inode_of(const std::string& path) noexcept {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

class VfioFunction final : public PciFunction {
 public:
  /// `sysfs_path`: where the device is seen to go; empty where nobody may look.
  VfioFunction(const PciAddress& address, PciId id, std::unique_ptr<Session> session, std::string sysfs_path)
      : PciFunction({id, address.to_string(), "vfio"}),
        session_(std::move(session)),
        space_(session_->container),
        interrupts_(session_->device->fd()),
        sysfs_path_(std::move(sysfs_path)),
        inode_(inode_of(sysfs_path_)) {}

  ~VfioFunction() override {
    interrupts_.disable();
    silence();
    stuck_ = space_.unmap_all();
  }

  RegisterWindow& window(unsigned bar, uint64_t least) override;
  uint32_t read_config(uint16_t offset, unsigned bytes) const noexcept override {
    return session_->device->read_config(offset, bytes);
  }
  DmaSpace& dma() noexcept override { return space_; }

  void restore() override {
    with_address([this] {
      if (!session_->device->was_wiped()) return;
      session_->device->rewrite_command();
      interrupts_.renew();
    });
  }
  void set_bus_master(bool on) override {
    with_address([this, on] { session_->device->set_bus_master(on); });
  }
  void enable_interrupts() override {
    with_address([this] { interrupts_.enable(); });
  }
  void disable_interrupts() noexcept override { interrupts_.disable(); }
  int vector_fd(unsigned vector) const noexcept override { return interrupts_.vector_fd(vector); }
  int error_fd() const noexcept override { return interrupts_.error_fd(); }
  int removal_fd() const noexcept override { return interrupts_.removal_fd(); }

  // After a surprise removal the kernel keeps the sysfs directory until we let go, so configuration space has
  // a say too.
  bool present() const noexcept override {
    const auto inode = inode_of(sysfs_path_);
    return (sysfs_path_.empty() || (inode && inode == inode_)) && session_->device->answers();
  }

 private:
  template <typename Action>
  void with_address(Action action) {
    try {
      action();
    } catch (Error& error) {
      error.address = identity().address;
      throw;
    }
  }

  void silence() noexcept;

  ContainerSpace::Mappings stuck_;  // first, so that it dies after the container
  std::unique_ptr<Session> session_;
  ContainerSpace space_;
  std::map<unsigned, std::unique_ptr<BarWindow>> windows_;
  Interrupts interrupts_;
  std::string sysfs_path_;
  std::optional<ino_t> inode_;
};

RegisterWindow& VfioFunction::window(unsigned bar, uint64_t least) {
  std::unique_ptr<BarWindow>& window = windows_[bar];
  with_address([&] {
    if (window) return;
    const RegionInfo region =
        bar < kBars ? session_->device->region(VFIO_PCI_BAR0_REGION_INDEX + bar) : RegionInfo{};
    if (region.mappable < least)
      throw Error(ErrorCode::kUnsupportedDevice,
                  "only " + std::to_string(region.mappable) + " of " + std::to_string(region.size) +
                      " bytes of the device's BAR" + std::to_string(bar) + " can be mapped; " +
                      std::to_string(least) + " are needed");
    window = std::make_unique<BarWindow>(session_->device->fd(), region);
  });
  return *window;
}

// On the way down a failure changes nothing: closing the device makes the kernel do the same.
void VfioFunction::silence() noexcept {
  try {
    session_->device->set_bus_master(false);
  } catch (...) {
  }
}

}  // namespace

std::unique_ptr<PciFunction> open_vfio(const PciAddress& address, std::span<const PciId> supported,
                                       const SysfsRoot& root) {
  try {
    const auto facts = inspect(root, address);
    check_openable(facts, supported, root);
    return std::make_unique<VfioFunction>(address, facts.id, std::make_unique<Session>(facts, root),
                                          root.device_path(address.to_string()));
  } catch (Error& error) {
    error.address = address.to_string();
    throw;
  }
}

std::unique_ptr<PciFunction> open_vfio(const PciAddress& address, Descriptors descriptors) {
  try {
    auto session = std::make_unique<Session>(DeviceFacts(address), std::move(descriptors));
    const PciId id{static_cast<uint16_t>(session->device->read_config(0, 2)),
                   static_cast<uint16_t>(session->device->read_config(2, 2))};
    return std::make_unique<VfioFunction>(address, id, std::move(session), "");
  } catch (Error& error) {
    error.address = address.to_string();
    throw;
  }
}

}  // namespace pmd::vfio
