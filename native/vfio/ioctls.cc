#include "vfio/ioctls.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace pmd::vfio::ioctls {

namespace {

/// No answer that VFIO gives comes near this; a kernel that asks for more is not believed.
constexpr uint32_t kMaximumAnswer = 1 << 20;
/// The answer may grow between two calls (a range appears), so one retry is not enough by right; this is.
constexpr int kGrowthAttempts = 4;

template <typename... Argument>
int call(int fd, unsigned long request, Argument... argument) noexcept {
  const int result = ::ioctl(fd, request, argument...);
  return result < 0 ? -errno : result;
}

/// An INFO call whose answer may have a tail: the kernel writes back the argsz it needs, without an error,
/// and leaves the capabilities out until it gets that much.
template <typename Info>
int call_growing(int fd, unsigned long request, const Info& question, InfoBuffer& answer) {
  auto size = static_cast<uint32_t>(sizeof(Info));
  answer.clear();
  for (int attempt = 0; attempt < kGrowthAttempts; ++attempt) {
    InfoBuffer buffer(size);  // from operator new, so aligned for any of the structs
    Info info = question;
    info.argsz = size;
    std::memcpy(buffer.data(), &info, sizeof(info));
    const int result = call(fd, request, buffer.data());
    if (result < 0) return result;
    std::memcpy(&info, buffer.data(), sizeof(info));
    if (info.argsz > kMaximumAnswer) return -E2BIG;
    if (info.argsz <= size) {
      answer = std::move(buffer);
      return result;
    }
    size = info.argsz;
  }
  return -EAGAIN;
}

}  // namespace

int get_api_version(int container) noexcept {
  return call(container, VFIO_GET_API_VERSION);
}

int check_extension(int container, unsigned extension) noexcept {
  return call(container, VFIO_CHECK_EXTENSION, static_cast<unsigned long>(extension));
}

int set_iommu(int container, unsigned type) noexcept {
  return call(container, VFIO_SET_IOMMU, static_cast<unsigned long>(type));
}

int get_iommu_info(int container, InfoBuffer& answer) {
  return call_growing(container, VFIO_IOMMU_GET_INFO, vfio_iommu_type1_info{}, answer);
}

int map_dma(int container, const void* memory, uint64_t iova, uint64_t size) noexcept {
  vfio_iommu_type1_dma_map request{};
  request.argsz = sizeof(request);
  request.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
  request.vaddr = reinterpret_cast<uintptr_t>(memory);
  request.iova = iova;
  request.size = size;
  return call(container, VFIO_IOMMU_MAP_DMA, &request);
}

int unmap_dma(int container, uint64_t iova, uint64_t& size) noexcept {
  vfio_iommu_type1_dma_unmap request{};
  request.argsz = sizeof(request);
  request.iova = iova;
  request.size = size;
  const int result = call(container, VFIO_IOMMU_UNMAP_DMA, &request);
  if (result >= 0) size = request.size;
  return result;
}

int get_group_status(int group, uint32_t& flags) noexcept {
  vfio_group_status status{};
  status.argsz = sizeof(status);
  const int result = call(group, VFIO_GROUP_GET_STATUS, &status);
  flags = status.flags;
  return result;
}

int set_container(int group, int container) noexcept {
  return call(group, VFIO_GROUP_SET_CONTAINER, &container);
}

int unset_container(int group) noexcept {
  return call(group, VFIO_GROUP_UNSET_CONTAINER, nullptr);
}

int get_device_fd(int group, const char* name) noexcept {
  return call(group, VFIO_GROUP_GET_DEVICE_FD, name);
}

int get_device_info(int device, vfio_device_info& info) noexcept {
  info = {};
  info.argsz = sizeof(info);
  return call(device, VFIO_DEVICE_GET_INFO, &info);
}

int get_region_info(int device, uint32_t index, InfoBuffer& answer) {
  vfio_region_info question{};
  question.index = index;
  return call_growing(device, VFIO_DEVICE_GET_REGION_INFO, question, answer);
}

int get_irq_info(int device, uint32_t index, vfio_irq_info& info) noexcept {
  info = {};
  info.argsz = sizeof(info);
  info.index = index;
  return call(device, VFIO_DEVICE_GET_IRQ_INFO, &info);
}

int set_irq_eventfds(int device, uint32_t index, std::span<const int> events) {
  vfio_irq_set request{};
  request.argsz = static_cast<uint32_t>(sizeof(request) + events.size_bytes());
  request.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
  request.index = index;
  request.count = static_cast<uint32_t>(events.size());
  std::vector<std::byte> buffer(request.argsz);
  std::memcpy(buffer.data(), &request, sizeof(request));
  std::memcpy(buffer.data() + sizeof(request), events.data(), events.size_bytes());
  return call(device, VFIO_DEVICE_SET_IRQS, buffer.data());
}

int disable_irqs(int device, uint32_t index) noexcept {
  vfio_irq_set request{};
  request.argsz = sizeof(request);
  request.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
  request.index = index;
  return call(device, VFIO_DEVICE_SET_IRQS, &request);
}

}  // namespace pmd::vfio::ioctls
