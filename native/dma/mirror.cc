#include "dma/mirror.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>

#include "util/error.h"
#include "util/zero_pages.h"

namespace pmd {

namespace {

constexpr uintptr_t kHugePage = uintptr_t{2} << 20;

uintptr_t number(const std::byte* address) {
  return reinterpret_cast<uintptr_t>(address);
}

/// Where the mirrors of the process are: one would take another's place.
class Places {
 public:
  static Places& instance() {
    static Places places;
    return places;
  }
  void add(uintptr_t begin, uintptr_t end) {
    const std::lock_guard lock(mutex_);
    const auto next = ends_.lower_bound(begin);
    const bool before = next != ends_.begin() && std::prev(next)->second > begin;
    if (before || (next != ends_.end() && next->first < end))
      throw Error(ErrorCode::kBusy, "another pool is in this part of the memory",
                  "choose another offset, or close that pool first");
    ends_[begin] = end;
  }
  void remove(uintptr_t begin) noexcept {
    const std::lock_guard lock(mutex_);
    ends_.erase(begin);
  }

 private:
  std::mutex mutex_;
  std::map<uintptr_t, uintptr_t> ends_;  ///< by begin
};

}  // namespace

Mirror::Mirror(const UniqueFd& file, std::byte* at, size_t size) : at_(at), size_(size) {
  struct stat facts;
  if (fstat(file.get(), &facts) != 0)
    throw Error(ErrorCode::kNoMemory, "cannot look at the pool's memory", "please report it")
        .from("fstat", errno);
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  Places::instance().add(number(at), number(at) + size);
  void* const mapped =
      mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, file.get(), 0);
  if (mapped == MAP_FAILED) {
    const int err = errno;
    replace_by_zeros(at, size);  // a failure may leave a hole
    Places::instance().remove(number(at));
    throw Error(ErrorCode::kNoMemory, "cannot put the pool into the memory: " + errno_text(err),
                "ask for fewer buffers, or raise the limits of the process")
        .from("mmap", err);
  }
  madvise(at, size, MADV_DONTFORK);
}

Mirror::~Mirror() {
  if (is_there()) replace_by_zeros(at_, size_);
  Places::instance().remove(number(at_));
}

bool Mirror::is_there() const noexcept {
  // The owner may have unmapped these addresses. Another mapping may have them now.
  FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return false;
  const uintptr_t begin = number(at_);
  const uintptr_t end = begin + size_;
  size_t shown = 0;
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    uintptr_t from;
    uintptr_t to;
    unsigned major_number;
    unsigned minor_number;
    uintmax_t inode;
    const int found = std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*4s %*x %x:%x %" SCNuMAX, &from, &to,
                                  &major_number, &minor_number, &inode);
    if (found != 5 || inode != inode_ || makedev(major_number, minor_number) != device_) continue;
    from = std::max(from, begin);
    to = std::min(to, end);
    if (from < to) shown += to - from;
  }
  std::fclose(maps);
  return shown == size_;
}

HugePages MirroredMemory::pages_that_fit(size_t size) const {
  if (huge_pages_ == HugePages::kNever) return HugePages::kNever;
  const uintptr_t past = number(at_) % kHugePage;
  const uintptr_t whole = (size + kHugePage - 1) / kHugePage * kHugePage;
  if (past == 0 && whole <= room_) return huge_pages_;
  if (huge_pages_ == HugePages::kTry) return HugePages::kNever;
  const std::string hint = past == 0
                               ? "the pool needs " + std::to_string(whole) + " bytes from the offset on"
                               : "in this memory, add " + std::to_string(kHugePage - past) + " to the offset";
  throw Error(ErrorCode::kInvalidArgument, "no huge pages fit at this offset of the memory", hint);
}

std::shared_ptr<Region> MirroredMemory::allocate(size_t size) {
  if (size > room_)
    throw Error(ErrorCode::kInvalidArgument,
                "the pool needs " + std::to_string(size) + " bytes, and the memory has " +
                    std::to_string(room_) + " from the offset on",
                "let the memory grow first, or ask for fewer buffers");
  ProcessMemory memory(pages_that_fit(size));
  ProcessMemory::File file = memory.allocate_file(size);
  mirror_ = std::make_unique<Mirror>(file.fd, at_, file.region->size());
  return file.region;
}

}  // namespace pmd
