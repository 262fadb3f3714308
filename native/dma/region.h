#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "util/unique_fd.h"

namespace pmd {

/// Memory that devices may be given: page-aligned, shared, never inherited by a forked child. It lives until
/// its last owner (a pool, a port) is gone.
class Region {
 public:
  virtual ~Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  std::byte* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  /// Bytes per page of the backing memory: 4096, 2 MiB or 1 GiB.
  size_t page_size() const noexcept { return page_size_; }

  /// Somebody may look at the memory of whom its owners do not know. Its addresses then stay mapped for as
  /// long as the process lives: zeros take the memory's place, and whoever comes late reads and writes those.
  void expose() noexcept { exposed_.store(true, std::memory_order_relaxed); }

 protected:
  Region() = default;
  bool exposed() const noexcept { return exposed_.load(std::memory_order_relaxed); }

  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t page_size_ = 4096;

 private:
  std::atomic<bool> exposed_{false};
};

/// Where regions come from: the process's own memory, or, for a bus whose device can only reach particular
/// memory, that memory.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  /// Throws Error(kNoMemory). The region is zeroed, and may be larger than asked for (whole pages).
  virtual std::shared_ptr<Region> allocate(size_t size) = 0;
};

enum class HugePages : uint8_t {
  kTry,      ///< 2 MiB pages when the system has enough reserved, else small pages
  kRequire,  ///< 2 MiB pages or an error that says how to reserve them
  kNever,
};

/// Anonymous memory of this process: memfds, reserved with fallocate, so that a shortage is an error here and
/// not a SIGBUS at first touch.
class ProcessMemory final : public MemorySource {
 public:
  explicit ProcessMemory(HugePages huge_pages) : huge_pages_(huge_pages) {}
  std::shared_ptr<Region> allocate(size_t size) override { return allocate_file(size).region; }

  /// A region, and the file that its pages are those of.
  struct File {
    std::shared_ptr<Region> region;
    UniqueFd fd;
  };
  File allocate_file(size_t size);

 private:
  HugePages huge_pages_;
};

}  // namespace pmd
