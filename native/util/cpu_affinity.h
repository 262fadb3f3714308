#pragma once

namespace pmd {

/// Has the calling thread run on this CPU alone. Threads that it starts later inherit that. Throws
/// Error(kInvalidArgument) when the process may not use the CPU.
void pin_thread(unsigned cpu);

}  // namespace pmd
