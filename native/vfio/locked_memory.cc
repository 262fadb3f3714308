#include "vfio/locked_memory.h"

#include <linux/capability.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace pmd::vfio {

namespace {

/// "VmLck:       64 kB" or "CapEff:\t00000000a80425fb" out of /proc/self/status.
uint64_t status_field(const std::string& status, const std::string& name, int base) {
  const auto at = status.find("\n" + name + ":");
  if (at == std::string::npos) return 0;
  return std::strtoull(status.c_str() + at + name.size() + 2, nullptr, base);
}

std::string read_status(const pci::SysfsRoot& root) {
  return pci::read_text(root.proc + "/self/status", 16384).value_or("");
}

}  // namespace

uint64_t locked_memory(const pci::SysfsRoot& root) {
  const auto status = read_status(root);
  // Type 1 counts what it pins as locked, the iommufd that may stand in for it as pinned.
  return std::max(status_field(status, "VmLck", 10), status_field(status, "VmPin", 10)) * 1024;
}

std::optional<uint64_t> memlock_limit(const pci::SysfsRoot& root) {
  const std::string name = "Max locked memory";
  const auto limits = pci::read_text(root.proc + "/self/limits").value_or("");
  const auto at = limits.find(name);
  if (at == std::string::npos) return std::nullopt;
  const char* const value = limits.c_str() + at + name.size();
  char* end = nullptr;
  const uint64_t limit = std::strtoull(value, &end, 10);
  if (end == value) return std::nullopt;  // "unlimited"
  return limit;
}

bool may_lock_any_memory(const pci::SysfsRoot& root) {
  return (status_field(read_status(root), "CapEff", 16) >> CAP_IPC_LOCK & 1) != 0;
}

}  // namespace pmd::vfio
