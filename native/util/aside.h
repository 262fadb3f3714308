#pragma once

#include <functional>

namespace pmd {

/// Runs `work`, which must not throw, on a thread of its own: what may block in the kernel for long. Where
/// the system grants no further thread, the caller does it, and waits.
void run_aside(const std::function<void()>& work) noexcept;

}  // namespace pmd
