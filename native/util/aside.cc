#include "util/aside.h"

#include <exception>

#include "util/masked_thread.h"

namespace pmd {

void run_aside(const std::function<void()>& work) noexcept {
  try {
    start_masked_thread("pmd-aside", work).detach();
    return;
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  work();
}

}  // namespace pmd
