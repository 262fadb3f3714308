#include "pci/diagnosis.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "pci/iommu_advice.h"
#include "util/error.h"

namespace pmd::pci {

namespace {

/// A list in a message that is longer than this helps nobody.
constexpr size_t kListed = 16;

std::string join(std::span<const std::string> items) {
  std::string text;
  for (size_t i = 0; i < items.size() && i < kListed; ++i) text += (i == 0 ? "" : ", ") + items[i];
  return items.size() > kListed ? text + ", ..." : text;
}

bool is_supported(PciId id, std::span<const PciId> supported) {
  return std::find(supported.begin(), supported.end(), id) != supported.end();
}

Command create_functions(const SysfsRoot& root, const PciAddress& physical_function) {
  return write_to(root.device_path(physical_function.to_string()) + "/sriov_numvfs", "2");
}

std::string or_none(const std::string& driver) {
  return driver.empty() ? "no driver" : driver;
}

/// What to open instead, or how to get something to open.
Step existing_devices(std::span<const PciId> supported, const SysfsRoot& root) {
  std::vector<std::string> names;
  for (const auto& facts : find_functions(root, supported)) {
    names.push_back(facts.address.to_string() + " (" + or_none(facts.driver) + ")");
  }
  if (!names.empty()) return {"supported functions on this machine: " + join(names)};
  for (const auto& id : supported) {
    const auto candidates = find_physical_functions(root, id.vendor);
    if (candidates.empty()) continue;
    return {"this machine has no supported virtual function yet; create some: ",
            {create_functions(root, candidates[0].address)}};
  }
  return {
      "this machine has no supported function and no network card that could have one; check `lspci -nn`"};
}

Finding no_sysfs(const DeviceFacts& facts, const SysfsRoot& root) {
  return {.code = ErrorCode::kNoDevice,
          .id = "no-sysfs",
          .subject = facts.address.to_string(),
          .evidence = facts.address.to_string() + " cannot be looked up: there is nothing in " + root.sys,
          .why = "Devices are found in sysfs.",
          .steps = {"run: sudo mount -t sysfs sysfs " + root.sys +
                    "; a container needs the host's: --volume " + root.sys + ":" + root.sys}};
}

Finding absent(const DeviceFacts& facts, std::span<const PciId> supported, const SysfsRoot& root) {
  return {.code = ErrorCode::kNoDevice,
          .id = "no-device",
          .subject = facts.address.to_string(),
          .evidence = "there is no PCI device " + facts.address.to_string(),
          .why = "A port needs a device at its address.",
          .steps = {existing_devices(supported, root)}};
}

// Opening it all the same would keep the kernel waiting for a minute for the end of a reset.
Finding silent(const DeviceFacts& facts, const SysfsRoot& root) {
  return {
      .code = ErrorCode::kNoDevice,
      .id = "device-silent",
      .subject = facts.address.to_string(),
      .evidence = facts.address.to_string() + " is listed but does not answer: pulled out, or without power",
      .why = "All that is read of such a device is ones.",
      .steps = {{"have the system look again: ",
                 {write_to(root.device_path(facts.address.to_string()) + "/remove", "1"),
                  write_to(root.sys + "/bus/pci/rescan", "1")}}}};
}

Finding physical_function(const DeviceFacts& facts, const SysfsRoot& root) {
  Step step("create virtual functions and open one of those: ", {create_functions(root, facts.address)});
  if (!facts.virtual_functions.empty()) {
    std::vector<std::string> names;
    for (const auto& function : facts.virtual_functions) names.push_back(function.to_string());
    step = Step("open one of its virtual functions: " + join(names));
  }
  return {.code = ErrorCode::kUnsupportedDevice,
          .id = "physical-function",
          .subject = facts.address.to_string(),
          .evidence = facts.address.to_string() + " (" + to_string(facts.id) +
                      ") is a physical function, not a virtual one",
          .why = "The drivers of this package are for virtual functions.",
          .steps = {step}};
}

Finding foreign(const DeviceFacts& facts, std::span<const PciId> supported, const SysfsRoot& root) {
  std::vector<std::string> ids;
  for (const auto& id : supported) ids.push_back(to_string(id));
  return {
      .code = ErrorCode::kUnsupportedDevice,
      .id = "unsupported-device",
      .subject = facts.address.to_string(),
      .evidence = facts.address.to_string() + " is a " + to_string(facts.id) + "; supported are " + join(ids),
      .why = "Each kind of device needs a driver that knows its registers.",
      .steps = {existing_devices(supported, root)}};
}

Finding no_iommu(const DeviceFacts& facts, const SysfsRoot& root) {
  return {.code = ErrorCode::kNoIommu,
          .id = "no-iommu",
          .subject = facts.address.to_string(),
          .evidence = facts.address.to_string() + " is in no IOMMU group: the system has no active IOMMU",
          .why = "Without one the device could write anywhere in memory, so VFIO gives it to no program.",
          .steps = {how_to_get_iommu(root)}};
}

Finding no_iommu_mode(const DeviceFacts& facts) {
  return {.code = ErrorCode::kNoIommu,
          .id = "no-iommu-mode",
          .subject = facts.address.to_string(),
          .evidence = facts.address.to_string() + " is in a no-IOMMU group",
          .why = "In this mode nothing keeps the device from memory that is not the program's.",
          .steps = {"no-IOMMU mode is refused: after a crash the device could write anywhere in memory; "
                    "enable the IOMMU (VT-d or AMD-Vi in the firmware, intel_iommu=on on the kernel command "
                    "line; a virtual IOMMU in a VM)"}};
}

Finding not_bound(const DeviceFacts& facts, const SysfsRoot& root) {
  const std::string state = facts.driver.empty() ? " has no driver; it must be bound to vfio-pci"
                                                 : " is bound to " + facts.driver + ", not to vfio-pci";
  struct statvfs status;
  const bool read_only = statvfs(root.sys.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
  return {.code = ErrorCode::kNotBound,
          .id = "not-bound",
          .subject = facts.address.to_string(),
          .evidence = facts.address.to_string() + state,
          .why = "A program gets at a device through the driver vfio-pci.",
          .steps = {{read_only ? "/sys is read-only here: run this on the host: " : "run: ",
                     bind_commands(facts, root)}}};
}

Finding not_viable(const DeviceFacts& facts, const std::string& others) {
  return {
      .code = ErrorCode::kGroupNotViable,
      .id = "group-not-viable",
      .subject = facts.address.to_string(),
      .evidence = "IOMMU group " + std::to_string(*facts.iommu_group) + " of " + facts.address.to_string() +
                  " also holds " + others,
      .why = "Devices of one group can reach each other's memory, so a program gets all or none.",
      .steps = {"unbind every one of them from its driver or bind it to vfio-pci too, or move the card to "
                "a slot whose port isolates it (ACS)"}};
}

}  // namespace

std::vector<Command> bind_commands(const DeviceFacts& facts, const SysfsRoot& root) {
  const auto address = facts.address.to_string();
  const auto path = root.device_path(address);
  std::vector<Command> commands{run({"modprobe", "vfio-pci"}),
                                write_to(path + "/driver_override", "vfio-pci")};
  if (!facts.driver.empty()) commands.push_back(write_to(path + "/driver/unbind", address));
  commands.push_back(write_to(root.sys + "/bus/pci/drivers_probe", address));
  return commands;
}

std::string foreign_members(const DeviceFacts& facts) {
  std::vector<std::string> others;
  for (const auto& member : facts.group_members) {
    // What the kernel lets stay: nothing, VFIO itself, a stub, and bridges.
    const bool harmless = member.driver.empty() || is_vfio_driver(member.driver) ||
                          member.driver == "pci-stub" || member.driver == "pcieport" || member.is_bridge();
    if (!harmless && member.address != facts.address.to_string()) {
      others.push_back(member.address + " (" + member.driver + ")");
    }
  }
  return join(others);
}

std::optional<Finding> find_obstacle(const DeviceFacts& facts, std::span<const PciId> supported,
                                     const SysfsRoot& root) {
  if (!facts.exists) return has_sysfs(root) ? absent(facts, supported, root) : no_sysfs(facts, root);
  if (!is_supported(facts.id, supported))
    return facts.total_virtual_functions > 0 ? physical_function(facts, root)
                                             : foreign(facts, supported, root);
  if (!facts.answers) return silent(facts, root);
  // Before "not bound": without an IOMMU the bind would only fail with EINVAL.
  if (!facts.iommu_group) return no_iommu(facts, root);
  if (facts.no_iommu_group) return no_iommu_mode(facts);
  if (!is_vfio_driver(facts.driver)) return not_bound(facts, root);
  if (const auto others = foreign_members(facts); !others.empty()) return not_viable(facts, others);
  return std::nullopt;
}

void check_openable(const DeviceFacts& facts, std::span<const PciId> supported, const SysfsRoot& root) {
  if (const auto obstacle = find_obstacle(facts, supported, root)) throw to_error(*obstacle);
}

}  // namespace pmd::pci
