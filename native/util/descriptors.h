#pragma once

#include <cerrno>
#include <string>

#include "util/error.h"

namespace pmd {

/// Whether a call failed because the process, or the system, has no file descriptor left.
constexpr bool lacks_descriptor(int err) noexcept {
  return err == EMFILE || err == ENFILE;
}

/// The error for it. `what` says what failed: "cannot make an eventfd".
Error descriptor_error(const std::string& what, const char* call, int err);

}  // namespace pmd
