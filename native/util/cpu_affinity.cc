#include "util/cpu_affinity.h"

#include <sched.h>

#include <cerrno>
#include <string>

#include "util/error.h"

namespace pmd {

void pin_thread(unsigned cpu) {
  // The kernel knows how many CPUs there may be; a set of this size is more than any has.
  constexpr unsigned kMost = 8192;
  cpu_set_t* const set = CPU_ALLOC(kMost);
  const size_t size = CPU_ALLOC_SIZE(kMost);
  CPU_ZERO_S(size, set);
  CPU_SET_S(cpu, size, set);  // nothing when it is out of range: then the set is empty, and refused
  const int failed = sched_setaffinity(0, size, set);
  const int err = errno;
  CPU_FREE(set);
  if (failed == 0) return;
  throw Error(ErrorCode::kInvalidArgument,
              "the thread can't be pinned to CPU " + std::to_string(cpu) + ": " + errno_text(err),
              "use one that the process may use: grep Cpus_allowed_list /proc/self/status")
      .from("sched_setaffinity", err);
}

}  // namespace pmd
