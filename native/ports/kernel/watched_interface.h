#pragma once

#include <optional>
#include <string>

#include "port/driver.h"
#include "ports/kernel/interface.h"
#include "util/unique_fd.h"

namespace pmd::kernel {

/// The interface that a port stands on. It is found by name once, and followed by its index.
class WatchedInterface {
 public:
  /// Throws Error(kNoDevice, kUnsupportedDevice, kDescriptors).
  explicit WatchedInterface(const std::string& name);

  /// As it was when it was found.
  const Interface& found() const noexcept { return interface_; }
  /// Readable when an interface has changed.
  int change_fd() const noexcept { return changes_.get(); }

  /// What the interface of its index is now; nothing when there is none.
  std::optional<Interface> look() const { return look_at(changes_.get(), interface_.index); }
  /// Throws Error(kRemoved) when it has another name now: the port's address names another interface then, or
  /// none, which is as if it were gone.
  void require_name(const std::string& now) const;
  /// Throws Error(kPeerRefused) when it allows no frames of this MTU.
  void require_mtu(uint32_t mtu) const;

 private:
  UniqueFd changes_;
  Interface interface_;
};

}  // namespace pmd::kernel
