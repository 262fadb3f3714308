#pragma once

#include <cstdint>

namespace pmd::emulation {

/// A point in time that does not come. Times are nanoseconds of one monotonic clock.
inline constexpr uint64_t kNever = UINT64_MAX;

}  // namespace pmd::emulation
