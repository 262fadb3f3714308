#pragma once

#include <cstdint>

namespace pmd::emulation {

/// A point in time that does not come. Times are nanoseconds of one monotonic clock.
inline constexpr uint64_t kNever = UINT64_MAX;

/// The clock of devices and links; a test has one of its own.
class TimeSource {
 public:
  virtual uint64_t now_ns() noexcept = 0;

 protected:
  ~TimeSource() = default;
};

}  // namespace pmd::emulation
