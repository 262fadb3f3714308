#include "util/eventfd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "util/descriptors.h"

namespace pmd {

UniqueFd make_eventfd() {
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd) return fd;
  throw descriptor_error("cannot make an eventfd", "eventfd", errno);
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
