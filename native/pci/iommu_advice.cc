#include "pci/iommu_advice.h"

#include <unistd.h>

namespace pmd::pci {

namespace {

bool exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

bool has_word(const std::string& text, const std::string& word) {
  constexpr std::string_view kEnds = " \n\t";
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || kEnds.find(text[at - 1]) != std::string_view::npos;
    if (begins && (end == text.size() || kEnds.find(text[end]) != std::string_view::npos)) return true;
  }
  return false;
}

/// Which IOMMU the firmware's tables describe. A container may see no tables: unknown.
enum class Firmware { kUnknown, kNone, kIntel, kAmd };

Firmware firmware_of(const SysfsRoot& root) {
  const std::string tables = root.sys + "/firmware/acpi/tables";
  if (!exists(tables)) return Firmware::kUnknown;
  if (exists(tables + "/DMAR")) return Firmware::kIntel;
  return exists(tables + "/IVRS") ? Firmware::kAmd : Firmware::kNone;
}

}  // namespace

std::string how_to_get_iommu(const SysfsRoot& root) {
  const auto command_line = read_text(root.proc + "/cmdline").value_or("");
  const bool asked_for = has_word(command_line, "intel_iommu=on");
  const Firmware firmware = firmware_of(root);
  const bool told_off = has_word(command_line, "iommu=off") || has_word(command_line, "amd_iommu=off") ||
                        has_word(command_line, "intel_iommu=off");
  // Where the firmware has none, there is nothing to be left off.
  if (told_off && firmware != Firmware::kNone)
    return "the kernel was told to leave the IOMMU off: remove that from its command line, and boot again";
  if (firmware == Firmware::kIntel)
    return asked_for ? "the firmware has VT-d and the kernel was asked for it: look for the reason in `sudo "
                       "dmesg | grep -i dmar`"
                     : "the firmware has VT-d: boot with intel_iommu=on on the kernel command line";
  if (firmware == Firmware::kAmd)
    return "the firmware has AMD-Vi, which the kernel switches on by itself: look for the reason in `sudo "
           "dmesg | grep -i amd-vi`";
  // One processor's flags are enough.
  if (has_word(read_text(root.proc + "/cpuinfo", 8192).value_or(""), "hypervisor"))
    return "this is a virtual machine: give it a virtual IOMMU (QEMU: -machine q35,kernel-irqchip=split "
           "-device intel-iommu,intremap=on) and boot it with intel_iommu=on";
  if (asked_for)
    return "the kernel was booted with intel_iommu=on, so enable VT-d (or AMD-Vi) in the firmware; a virtual "
           "machine needs a virtual IOMMU";
  return "enable VT-d or AMD-Vi in the firmware and boot with intel_iommu=on on the kernel command line; a "
         "virtual machine needs a virtual IOMMU";
}

}  // namespace pmd::pci
