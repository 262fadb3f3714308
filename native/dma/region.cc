#include "dma/region.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include <cerrno>

#include "util/aside.h"
#include "util/descriptors.h"
#include "util/error.h"
#include "util/unique_fd.h"
#include "util/zero_pages.h"

namespace pmd {

namespace {

constexpr size_t kSmallPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kFreedAtOnce = size_t{1} << 20;  // rings are smaller, pools are not

constexpr size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

struct Failure {
  const char* call = "";
  int err = 0;
};

class MemfdRegion final : public Region {
 public:
  /// Returns no region, and which call failed, when the system has no such pages to give. Throws
  /// Error(kDescriptors).
  static ProcessMemory::File create(size_t size, size_t page_size, Failure& failure) {
    const auto fail = [&](const char* call) {
      failure = {call, errno};
      return ProcessMemory::File{};
    };
    const unsigned flags = MFD_CLOEXEC | (page_size == kHugePage ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
    UniqueFd fd(memfd_create("vfio-pmd", flags));
    if (!fd && lacks_descriptor(errno))
      throw descriptor_error("cannot reserve memory", "memfd_create", errno);
    if (!fd) return fail("memfd_create");
    const size_t whole = round_up(size, page_size);
    if (ftruncate(fd.get(), static_cast<off_t>(whole)) != 0) return fail("ftruncate");
    // fallocate reserves and zeroes every page now; a first touch would raise SIGBUS on a shortage.
    if (fallocate(fd.get(), 0, 0, static_cast<off_t>(whole)) != 0) return fail("fallocate");
    void* address = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
    if (address == MAP_FAILED) return fail("mmap");
    // A child that shares these pages would keep the device's memory alive after the parent is gone.
    madvise(address, whole, MADV_DONTFORK);
    std::shared_ptr<Region> region(new MemfdRegion(static_cast<std::byte*>(address), whole, page_size));
    return {std::move(region), std::move(fd)};
  }

  /// Where the last owner goes may be JavaScript's thread, which has no time: the kernel needs milliseconds
  /// to free ten megabytes.
  ~MemfdRegion() override {
    const auto free = [data = data_, size = size_, exposed = exposed()] {
      exposed ? replace_by_zeros(data, size) : static_cast<void>(munmap(data, size));
    };
    size_ < kFreedAtOnce ? free() : run_aside(free);
  }

 private:
  MemfdRegion(std::byte* data, size_t size, size_t page_size) {
    data_ = data;
    size_ = size;
    page_size_ = page_size;
  }
};

}  // namespace

ProcessMemory::File ProcessMemory::allocate_file(size_t size) {
  Failure failure;
  if (huge_pages_ != HugePages::kNever) {
    if (auto file = MemfdRegion::create(size, kHugePage, failure); file.region) return file;
    if (huge_pages_ == HugePages::kRequire) {
      const auto pages = std::to_string(round_up(size, kHugePage) / kHugePage);
      throw Error(ErrorCode::kNoMemory,
                  "no " + pages + " free huge pages of 2 MiB: " + errno_text(failure.err),
                  "reserve them: echo " + pages +
                      " | sudo tee /proc/sys/vm/nr_hugepages, or ask for hugePages: 'try'")
          .from(failure.call, failure.err);
    }
  }
  if (auto file = MemfdRegion::create(size, kSmallPage, failure); file.region) return file;
  throw Error(ErrorCode::kNoMemory,
              "cannot reserve " + std::to_string(size) + " bytes: " + errno_text(failure.err),
              "ask for fewer buffers, or raise the memory limit of the process or container")
      .from(failure.call, failure.err);
}

}  // namespace pmd
