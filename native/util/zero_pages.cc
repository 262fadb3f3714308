#include "util/zero_pages.h"

#include <sys/mman.h>

namespace pmd {

void replace_by_zeros(void* pages, size_t size) noexcept {
  // A fresh mapping: it becomes one with its neighbours of the same kind, as a process may have 65,530 only.
  void* const zeros = mmap(pages, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (zeros != MAP_FAILED) {
    madvise(pages, size, MADV_NOHUGEPAGE);  // one late byte is not to cost 2 MiB
    return;
  }
  // Where memory may not be overcommitted. A hole in a file, or else dropped pages, read as zeros, too.
  if (madvise(pages, size, MADV_REMOVE) != 0) madvise(pages, size, MADV_DONTNEED);
}

}  // namespace pmd
