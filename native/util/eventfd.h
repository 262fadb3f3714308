#pragma once

#include <unistd.h>

#include <cstdint>

namespace pmd {

/// Makes an eventfd unreadable until it is signalled again.
inline void drain_eventfd(int fd) noexcept {
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(fd, &count, sizeof(count));
}

}  // namespace pmd
