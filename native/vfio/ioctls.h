#pragma once

#include <linux/vfio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// VFIO's system calls, one function each and nothing more: what they mean, when they may be made and what to
/// say of a failure is the callers' business. Each returns what the kernel returned, or -errno.
namespace pmd::vfio::ioctls {

/// An answer that may be followed by capabilities; the fixed struct is at its start. Empty after a failure.
using InfoBuffer = std::vector<std::byte>;

// On the container, /dev/vfio/vfio
int get_api_version(int container) noexcept;
int check_extension(int container, unsigned extension) noexcept;
int set_iommu(int container, unsigned type) noexcept;
int get_iommu_info(int container, InfoBuffer& answer);  // vfio_iommu_type1_info
int map_dma(int container, const void* memory, uint64_t iova, uint64_t size) noexcept;
/// `size` in: what was mapped; out: what was unmapped.
int unmap_dma(int container, uint64_t iova, uint64_t& size) noexcept;

// On the group, /dev/vfio/N
int get_group_status(int group, uint32_t& flags) noexcept;
int set_container(int group, int container) noexcept;
int unset_container(int group) noexcept;
/// A new file descriptor, close-on-exec.
int get_device_fd(int group, const char* name) noexcept;

// On the device
int get_device_info(int device, vfio_device_info& info) noexcept;
int get_region_info(int device, uint32_t index, InfoBuffer& answer);  // vfio_region_info
int get_irq_info(int device, uint32_t index, vfio_irq_info& info) noexcept;
/// Binds the first events.size() vectors of an interrupt index to eventfds.
int set_irq_eventfds(int device, uint32_t index, std::span<const int> events);
/// Ends an interrupt index as a whole.
int disable_irqs(int device, uint32_t index) noexcept;

}  // namespace pmd::vfio::ioctls
