#pragma once

#include <string_view>

namespace pmd {

/// Makes something go wrong with a device, by name: for tests. Only a device in software has one.
class FaultInjector {
 public:
  virtual ~FaultInjector() = default;
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

  /// Any thread. Throws Error(kInvalidArgument) for a fault that the device does not have.
  virtual void inject(std::string_view fault) = 0;

 protected:
  FaultInjector() = default;
};

}  // namespace pmd
