#pragma once

#include <cstdint>
#include <optional>

#include "pci/sysfs.h"

namespace pmd::vfio {

/// Bytes that this process has locked, in all its ports.
uint64_t locked_memory(const pci::SysfsRoot& root);
/// Bytes that it may lock; nothing when it is not said.
std::optional<uint64_t> memlock_limit(const pci::SysfsRoot& root);
/// Whether no limit holds for it (CAP_IPC_LOCK).
bool may_lock_any_memory(const pci::SysfsRoot& root);

}  // namespace pmd::vfio
