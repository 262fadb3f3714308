#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "vfio/findings.h"
#include "vfio/locked_memory.h"

namespace pmd::vfio {

using pci::Finding;
using pci::SysfsRoot;

namespace {

/// What open() for reading and writing would fail with; 0: it would not.
int why_not_openable(const std::string& node) noexcept {
  return faccessat(AT_FDCWD, node.c_str(), R_OK | W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/// Whether a file of the kernel's has a number with this bit; nothing when it has none.
std::optional<bool> has_bit(const std::string& path, unsigned bit) {
  const auto text = pci::read_text(path, 64);
  if (!text) return std::nullopt;
  const auto value = pci::parse_number("0x" + *text);  // "f050da", without a prefix
  if (!value) return std::nullopt;
  return (*value >> bit & 1) != 0;
}

/// Why interrupts are not remapped, as far as the system says so.
std::optional<std::string> no_interrupt_remapping(const SysfsRoot& root) {
  constexpr unsigned kInterruptRemapping = 3;  // VT-d specification, extended capability register
  const auto command_line = " " + pci::read_text(root.proc + "/cmdline").value_or("");
  for (const char* const option : {" intremap=off", " nointremap"}) {
    if (command_line.find(option) != std::string::npos)
      return std::string("the kernel was booted with") + option;
  }
  for (const auto& unit : pci::list_names(root.sys + "/class/iommu")) {
    const auto remaps = has_bit(root.sys + "/class/iommu/" + unit + "/intel-iommu/ecap", kInterruptRemapping);
    if (remaps == false) return "the IOMMU " + unit + " remaps no interrupts";
  }
  return std::nullopt;
}

/// The physical function's interface, by its name, when it is down.
std::optional<std::string> interface_that_is_down(const std::string& function) {
  constexpr uint64_t kUp = 1;  // IFF_UP
  for (const auto& name : pci::list_names(function + "/net")) {
    const auto text = pci::read_text(function + "/net/" + name + "/flags", 64);
    const auto flags = text ? pci::parse_number(*text) : std::nullopt;
    if (flags && (*flags & kUp) == 0) return name;
  }
  return std::nullopt;
}

/// What is wrong with the physical function, which decides whether its VFs can do anything.
std::optional<Finding> find_peer_refusal(const pci::DeviceFacts& facts, const SysfsRoot& root) {
  if (!facts.physical_function) return std::nullopt;
  const auto subject = facts.address.to_string();
  const auto address = facts.physical_function->to_string();
  const auto peer = pci::inspect(root, *facts.physical_function);
  const std::string why = "The PF's driver answers its VFs only while its interface is up.";
  if (pci::is_vfio_driver(peer.driver))
    return token_finding(subject, "the physical function " + address + " is bound to " + peer.driver);
  if (peer.driver.empty())
    return Finding{.code = ErrorCode::kPeerSilent,
                   .id = "pf-no-driver",
                   .subject = subject,
                   .evidence = "the physical function " + address + " has no driver",
                   .why = why,
                   .steps = {{"run: ", {pci::write_to(root.sys + "/bus/pci/drivers_probe", address)}}}};
  if (const auto name = interface_that_is_down(root.device_path(address)))
    return Finding{.code = ErrorCode::kPeerSilent,
                   .id = "pf-down",
                   .subject = subject,
                   .evidence = *name + ", the interface of the physical function " + address + ", is down",
                   .why = why,
                   .steps = {{"run: ", {pci::run({"ip", "link", "set", "dev", *name, "up"})}}}};
  return std::nullopt;
}

std::optional<Finding> find_memlock_refusal(const std::string& subject, const SysfsRoot& root,
                                            uint64_t bytes) {
  const auto limit = memlock_limit(root);
  if (!limit || may_lock_any_memory(root)) return std::nullopt;
  const uint64_t needed = locked_memory(root) + bytes;
  if (needed <= *limit) return std::nullopt;
  return memlock_finding(subject, bytes, needed, *limit);
}

}  // namespace

// A kernel with groups has their class, whether or not the device has a character device of its own too.
bool lacks_groups(const pci::DeviceFacts& facts, const SysfsRoot& root) {
  return access((root.device_path(facts.address.to_string()) + "/vfio-dev").c_str(), F_OK) == 0 &&
         access((root.sys + "/class/vfio").c_str(), F_OK) != 0;
}

std::vector<Finding> find_refusals(const pci::DeviceFacts& facts, const SysfsRoot& root, uint64_t bytes) {
  const auto subject = facts.address.to_string();
  std::vector<Finding> found;
  const auto add = [&found](std::optional<Finding> finding) {
    if (finding) found.push_back(std::move(*finding));
  };
  if (facts.direct_mapped) found.push_back(fixed_mapping_finding(subject));
  if (const auto evidence = no_interrupt_remapping(root))
    found.push_back(interrupt_remapping_finding(subject, *evidence));
  const auto container = root.container_path();
  if (const int err = why_not_openable(container); err != 0)
    found.push_back(container_finding(err, container, subject));
  const auto node = root.group_path(*facts.iommu_group);
  if (const int err = why_not_openable(node); err != 0)
    found.push_back(group_finding(err, node, std::nullopt, lacks_groups(facts, root), subject));
  else if (const auto holder = pci::find_holder(root, node))
    found.push_back(group_finding(EBUSY, node, holder, false, subject));
  add(find_memlock_refusal(subject, root, bytes));
  add(find_peer_refusal(facts, root));
  return found;
}

}  // namespace pmd::vfio
