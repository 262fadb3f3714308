#include "vfio/findings.h"

#include <unistd.h>

#include <cerrno>

namespace pmd::vfio {

using pci::Finding;

namespace {

std::string because(int err) {
  return ": " + errno_text(err);
}

bool is_refused(int err) {
  return err == EACCES || err == EPERM;
}

bool is_missing(int err) {
  return err == ENOENT || err == ENODEV;
}

std::string in_use_by(const std::optional<pci::Holder>& holder) {
  if (!holder) return " is in use by another process";
  if (holder->pid == getpid()) return " is in use by this process itself";
  return " is in use by pid " + std::to_string(holder->pid) + " (" + holder->name + ")";
}

uint64_t kibibytes(uint64_t bytes) {
  return bytes / 1024 + (bytes % 1024 != 0 ? 1 : 0);
}

std::string missing_group_hint(const std::string& node, bool cdev_only) {
  if (cdev_only)
    return "this kernel was built without VFIO groups (CONFIG_VFIO_GROUP), which this version needs";
  return "in a container, pass the node: --device " + node +
         "; otherwise bind the device to vfio-pci once more, and look for the reason in `sudo dmesg`";
}

}  // namespace

Finding container_finding(int err, const std::string& node, const std::string& subject) {
  Finding finding{.code = ErrorCode::kVfio,
                  .id = "container-node",
                  .subject = subject,
                  .evidence = "cannot open " + node + because(err),
                  .why = "Every port opens this node, through which its memory is mapped for the device.",
                  .steps = {}};
  if (is_refused(err)) {
    finding.code = ErrorCode::kAccess;
    finding.steps = {{"run: ", {pci::run({"chmod", "0666", node})}},
                     "in a container, pass it: --device " + node};
  } else if (is_missing(err)) {
    finding.code = ErrorCode::kAccess;
    finding.steps = {{"run: ", {pci::run({"modprobe", "vfio-pci"})}},
                     "in a container, pass the node: --device " + node};
  }
  return finding;
}

Finding group_finding(int err, const std::string& node, const std::optional<pci::Holder>& holder,
                      bool cdev_only, const std::string& subject) {
  Finding finding{.code = ErrorCode::kVfio,
                  .id = "group-node",
                  .subject = subject,
                  .evidence = "cannot open " + node + because(err),
                  .why = "Whoever may read and write the group's node owns its devices, without being root.",
                  .steps = {}};
  if (err == EBUSY) {
    finding.code = ErrorCode::kBusy;
    finding.id = "group-busy";
    finding.evidence = node + in_use_by(holder);
    finding.why = "One process at a time has a group.";
    finding.steps = {"close the port, or end the program, that has it open"};
    if (!holder) finding.steps.push_back({"to find it: ", {pci::run({"fuser", "-v", node})}});
  } else if (is_refused(err)) {
    finding.code = ErrorCode::kAccess;
    finding.steps = {"run: sudo chown \"$USER\" " + node +
                     " (until the next bind), or for good a udev rule in /etc/udev/rules.d/10-vfio.rules: "
                     "SUBSYSTEM==\"vfio\", GROUP=\"vfio\", MODE=\"0660\"; in a container, pass the device: "
                     "--device " +
                     node};
  } else if (is_missing(err)) {
    finding.steps = {missing_group_hint(node, cdev_only)};
  }
  return finding;
}

Finding fixed_mapping_finding(const std::string& subject) {
  return {
      .code = ErrorCode::kNoIommu,
      .id = "fixed-mapping",
      .subject = subject,
      .evidence = "the firmware wants a fixed mapping (RMRR) for " + subject,
      .why = "The firmware would share memory with the device behind the program's back.",
      .steps = {"switch off what uses it in the firmware setup (shared memory or management of the slot), "
                "or move the card to another slot: `cat /sys/bus/pci/devices/" +
                subject + "/iommu_group/reserved_regions` must show no \"direct\""}};
}

Finding interrupt_remapping_finding(const std::string& subject, const std::string& evidence) {
  return {
      .code = ErrorCode::kNoIommu,
      .id = "no-interrupt-remapping",
      .subject = subject,
      .evidence = evidence,
      .why = "Without it the device could raise any interrupt, also those of others.",
      .steps = {"most likely it has no interrupt remapping (`sudo dmesg | grep -i remap`): enable it in the "
                "firmware (VT-d interrupt remapping, x2APIC), or in QEMU with intel-iommu,intremap=on and "
                "kernel-irqchip=split. Unsafe interrupts are no way out: the device could raise any "
                "interrupt"}};
}

Finding token_finding(const std::string& subject, const std::string& evidence) {
  return {.code = ErrorCode::kAccess,
          .id = "vf-token",
          .subject = subject,
          .evidence = evidence,
          .why = "A PF that a program has can do anything to its VFs, so both must know a secret.",
          .steps = {"the VF's physical function is bound to vfio-pci too and wants a token (vf_token): not "
                    "supported; bind the physical function to its kernel driver"}};
}

Finding memlock_finding(const std::string& subject, uint64_t size, uint64_t needed, uint64_t limit) {
  const auto kib = std::to_string(kibibytes(needed));
  return {.code = ErrorCode::kMemlock,
          .id = "memlock",
          .subject = subject,
          .evidence = "mapping " + std::to_string(size) + " bytes for the device needs " +
                      std::to_string(needed) + " bytes of locked memory in all, but the limit is " +
                      std::to_string(limit),
          .why = "Memory that the device writes to must stay in place, which the system limits.",
          .steps = {"raise it to at least: ulimit -l " + kib + " (KiB), LimitMEMLOCK=" + kib +
                        "K in a systemd unit, --ulimit memlock=" + std::to_string(kibibytes(needed) * 1024) +
                        " for docker",
                    "or make the pool smaller"}};
}

}  // namespace pmd::vfio
