#include "vfio/vfio_bus.h"

#include <linux/vfio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <string>

#include "dma/iova_allocator.h"
#include "pci/diagnosis.h"
#include "util/error.h"
#include "vfio/container.h"
#include "vfio/device.h"
#include "vfio/group.h"
#include "vfio/interrupts.h"

namespace pmd::vfio {

namespace {

/// Every VF that we have met maps this much; a smaller BAR0 is not the register file that drivers index.
constexpr uint64_t kMinimumBar0 = 16384;

/// Container, group and device in the order in which VFIO wants them opened. They are closed in the opposite
/// one, so that the kernel resets the device while the IOMMU still guards it.
struct Session {
  Session(const DeviceFacts& facts, const SysfsRoot& root) : container(root), group(facts, root) {
    group.attach(container);
    container.set_iommu(facts);
    device.emplace(group.open_device());
  }

  Container container;
  Group group;
  std::optional<Device> device;
};

RegionInfo usable_bar0(const Device& device) {
  const auto bar0 = device.region(VFIO_PCI_BAR0_REGION_INDEX);
  if (bar0.mappable >= kMinimumBar0) return bar0;
  throw Error(ErrorCode::kUnsupportedDevice, "only " + std::to_string(bar0.mappable) + " of " +
                                                 std::to_string(bar0.size) +
                                                 " bytes of the device's BAR0 can be mapped; " +
                                                 std::to_string(kMinimumBar0) + " are needed");
}

/// Identifies a sysfs directory: one made anew for another device at the same address has another number.
std::optional<ino_t> inode_of(const std::string& path) noexcept {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

class VfioBus final : public Bus {
 public:
  VfioBus(const DeviceFacts& facts, const SysfsRoot& root)
      : Bus({facts.id, facts.address.to_string(), "vfio"}),
        session_(facts, root),
        addresses_(session_.container.info().ranges),
        bar_(session_.device->fd(), usable_bar0(*session_.device)),
        interrupts_(session_.device->fd()),
        sysfs_path_(root.device_path(facts.address.to_string())),
        inode_(inode_of(sysfs_path_)) {}

  ~VfioBus() override {
    interrupts_.disable();
    silence();
    for (auto next = mappings_.begin(); next != mappings_.end();) unmap(Iova((next++)->first));
  }

  uint32_t read32(uint32_t offset) noexcept override { return *register_at(offset); }
  void write32(uint32_t offset, uint32_t value) noexcept override { *register_at(offset) = value; }

  MemorySource& memory() noexcept override { return memory_; }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override;

  void reset() override {
    with_address([this] { session_.device->reset(); });
  }
  void restore() override {
    with_address([this] {
      if (!session_.device->was_wiped()) return;
      session_.device->rewrite_command();
      interrupts_.renew();
    });
  }
  void set_bus_master(bool on) override {
    with_address([this, on] { session_.device->set_bus_master(on); });
  }
  void enable_interrupts() override {
    with_address([this] { interrupts_.enable(); });
  }
  void disable_interrupts() noexcept override { interrupts_.disable(); }
  unsigned vector_count() const noexcept override { return interrupts_.vector_count(); }
  int vector_fd(unsigned vector) const noexcept override { return interrupts_.vector_fd(vector); }
  int error_fd() const noexcept override { return interrupts_.error_fd(); }
  int removal_fd() const noexcept override { return interrupts_.removal_fd(); }

  // After a surprise removal the kernel keeps the sysfs directory until we let go, so configuration space has
  // a say too.
  bool present() const noexcept override {
    const auto inode = inode_of(sysfs_path_);
    return inode && inode == inode_ && session_.device->answers();
  }

 private:
  struct Mapping {
    std::shared_ptr<Region> region;
    bool stuck = false;  ///< the kernel would not unmap it: kept, and its addresses never reused
  };

  volatile uint32_t* register_at(uint32_t offset) const noexcept {
    assert(offset % sizeof(uint32_t) == 0 && offset + sizeof(uint32_t) <= bar_.size());
    return reinterpret_cast<volatile uint32_t*>(bar_.data() + offset);
  }

  template <typename Action>
  void with_address(Action action) {
    try {
      action();
    } catch (Error& error) {
      error.address = identity().address;
      throw;
    }
  }

  Iova allocate(const Region& region);
  void silence() noexcept;

  // First, so that it dies last: memory that could not be unmapped is kept until the container is closed.
  std::map<uint64_t, Mapping> mappings_;  // by device address
  Session session_;
  IovaAllocator addresses_;
  BarMapping bar_;
  Interrupts interrupts_;
  std::string sysfs_path_;
  std::optional<ino_t> inode_;
  ProcessMemory memory_{HugePages::kTry};
};

Iova VfioBus::allocate(const Region& region) {
  const uint64_t page = session_.container.info().smallest_page();
  if (region.size() == 0 || region.size() % page != 0) {
    throw Error(ErrorCode::kDma, "the IOMMU maps pages of " + std::to_string(page) +
                                     " bytes, and the region has " + std::to_string(region.size()));
  }
  // Aligned like the memory behind it, so that a huge page takes one entry of the IOMMU and not 512.
  const auto iova = addresses_.allocate(region.size(), std::max<uint64_t>(region.page_size(), page));
  if (iova) return *iova;
  throw Error(ErrorCode::kDma, "the IOMMU has no free range of " + std::to_string(region.size()) + " bytes",
              "ask for fewer buffers; " + std::to_string(addresses_.available()) + " bytes are free in " +
                  std::to_string(addresses_.gaps()) + " ranges");
}

Iova VfioBus::map(std::shared_ptr<Region> region) {
  Iova iova;
  with_address([&] {
    iova = allocate(*region);
    const auto size = region->size();
    const void* data = region->data();
    try {
      // Recorded first: once the device can reach the memory, nothing may fail that would let go of it.
      mappings_.emplace(iova.value(), Mapping{std::move(region)});
      session_.container.map(data, size, iova);
    } catch (...) {
      mappings_.erase(iova.value());
      addresses_.free(iova);
      throw;
    }
  });
  return iova;
}

void VfioBus::unmap(Iova base) noexcept {
  const auto at = mappings_.find(base.value());
  if (at == mappings_.end() || at->second.stuck) return;
  if (session_.container.unmap(at->second.region->size(), base)) {
    addresses_.free(base);
    mappings_.erase(at);
  } else {
    at->second.stuck = true;
  }
}

// On the way down a failure changes nothing: closing the device makes the kernel do the same.
void VfioBus::silence() noexcept {
  try {
    session_.device->set_bus_master(false);
  } catch (...) {
  }
}

}  // namespace

std::unique_ptr<Bus> open_vfio(const PciAddress& address, std::span<const PciId> supported,
                               const SysfsRoot& root) {
  try {
    const auto facts = inspect(root, address);
    check_openable(facts, supported, root);
    return std::make_unique<VfioBus>(facts, root);
  } catch (Error& error) {
    error.address = address.to_string();
    throw;
  }
}

}  // namespace pmd::vfio
