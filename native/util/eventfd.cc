#include "util/eventfd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "util/error.h"

namespace pmd {

UniqueFd make_eventfd() {
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd) return fd;
  const int err = errno;
  throw Error(ErrorCode::kDescriptors, "cannot make an eventfd: " + errno_text(err),
              err == ENFILE
                  ? "raise the system's limit of open files: sysctl fs.file-max"
                  : "raise the process's limit of descriptors (ulimit -n), or close what is not needed")
      .from("eventfd", err);
}

void signal_eventfd(int fd) noexcept {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the reader has something to read.
  [[maybe_unused]] const ssize_t written = write(fd, &one, sizeof(one));
}

void drain_eventfd(int fd) noexcept {
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(fd, &count, sizeof(count));
}

}  // namespace pmd
