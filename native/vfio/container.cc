#include "vfio/container.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <type_traits>
#include <utility>

#include "vfio/errors.h"
#include "vfio/ioctls.h"
#include "vfio/locked_memory.h"

namespace pmd::vfio {

static_assert(!std::is_copy_constructible_v<Container>, "owns a descriptor");

namespace {

/// What an error message needs to know about limits. Locked memory is the whole process's, not this
/// container's.
MapAttempt describe_attempt(const pci::SysfsRoot& root, uint64_t size, uint64_t mapped_here,
                            uint64_t entry_limit) {
  MapAttempt attempt;
  attempt.size = size;
  attempt.entry_limit = entry_limit;
  attempt.locked = std::max(locked_memory(root), mapped_here);
  rlimit limit{};
  if (!may_lock_any_memory(root) && getrlimit(RLIMIT_MEMLOCK, &limit) == 0) attempt.limit = limit.rlim_cur;
  return attempt;
}

}  // namespace

Container::Container(const pci::SysfsRoot& root) : root_(root) {
  const auto node = root.container_path();
  fd_.reset(::open(node.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd_) throw open_container_error(errno, node);
  check(node);
}

Container::Container(UniqueFd fd, const pci::SysfsRoot& root) : root_(root), fd_(std::move(fd)) {
  check("the descriptor of a container");
}

void Container::check(const std::string& name) const {
  const int version = ioctls::get_api_version(fd());
  if (version < 0) throw device_error("VFIO_GET_API_VERSION", -version, "cannot use " + name);
  if (version != VFIO_API_VERSION) {
    throw Error(ErrorCode::kVfio, "the kernel's VFIO has version " + std::to_string(version) + ", not " +
                                      std::to_string(VFIO_API_VERSION));
  }
  if (ioctls::check_extension(fd(), VFIO_TYPE1v2_IOMMU) <= 0) throw no_type1_error();
}

void Container::set_iommu(const pci::DeviceFacts& facts) {
  int result = ioctls::set_iommu(fd(), VFIO_TYPE1v2_IOMMU);
  if (result < 0) throw attach_error("VFIO_SET_IOMMU", -result, facts);
  ioctls::InfoBuffer answer;
  result = ioctls::get_iommu_info(fd(), answer);
  if (result < 0) throw device_error("VFIO_IOMMU_GET_INFO", -result, "cannot read the IOMMU's limits");
  info_ = parse_iommu_info(answer);
}

void Container::map(const void* memory, uint64_t size, Iova iova) {
  const int result = ioctls::map_dma(fd(), memory, iova.value(), size);
  if (result < 0) {
    throw map_error(-result, describe_attempt(root_, size, mapped_, info_.mappings_available.value_or(0)));
  }
  mapped_ += size;
}

bool Container::unmap(uint64_t size, Iova iova) noexcept {
  uint64_t unmapped = size;
  if (ioctls::unmap_dma(fd(), iova.value(), unmapped) < 0 || unmapped != size) return false;
  mapped_ -= size;
  return true;
}

}  // namespace pmd::vfio
