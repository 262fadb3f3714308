#pragma once

#include <functional>
#include <thread>

namespace pmd {

/// Starts a thread that blocks all signals: they are the program's, and Node's handlers run on its main
/// thread. `name` has at most 15 characters, and outlives the thread; `work` throws nothing. Throws
/// Error(kThreads) when the system grants no further thread. The caller's signal mask is as it was in any
/// case.
std::thread start_masked_thread(const char* name, std::function<void()> work);

}  // namespace pmd
