#pragma once

#include <cstdint>
#include <vector>

#include "util/unique_fd.h"

namespace pmd::vfio {

/// The eventfds of a device: one for each MSI-X vector, one for uncorrectable errors (ERR), one for the
/// kernel asking for the device back (REQ). All non-blocking and close-on-exec.
class Interrupts {
 public:
  /// Arms ERR and REQ, which can come at any time; MSI-X waits for enable(). Throws Error(kVfio, kRemoved).
  explicit Interrupts(int device);
  ~Interrupts() { disable(); }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// All vectors in one call: before Linux 6.5 their number is fixed while any is enabled. May be repeated,
  /// after a reset for one. Throws Error(kVfio, kRemoved).
  void enable();
  void disable() noexcept;
  /// Enables once more what the device has forgotten. The eventfds stay.
  void renew();

  unsigned vector_count() const noexcept { return static_cast<unsigned>(vectors_.size()); }
  int vector_fd(unsigned vector) const noexcept;
  int error_fd() const noexcept { return error_.get(); }
  int removal_fd() const noexcept { return removal_.get(); }

 private:
  int device_;
  std::vector<UniqueFd> vectors_;
  UniqueFd error_;
  UniqueFd removal_;
  bool enabled_ = false;
};

}  // namespace pmd::vfio
