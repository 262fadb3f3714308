#pragma once

#include "util/unique_fd.h"

namespace pmd {

/// Makes an eventfd that does not block and that no program started from here inherits. Throws
/// Error(kDescriptors) when the process has no descriptor left.
UniqueFd make_eventfd();

/// Makes an eventfd readable.
void signal_eventfd(int fd) noexcept;

/// Makes an eventfd unreadable until it is signalled again.
void drain_eventfd(int fd) noexcept;

}  // namespace pmd
