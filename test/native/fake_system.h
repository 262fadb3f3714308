#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "pci/diagnosis.h"
#include "pci/pci_address.h"
#include "pci/sysfs.h"
#include "util/error.h"

// What the tests of the vfio layer share.

namespace fs = std::filesystem;
using pmd::Error;
using pmd::ErrorCode;
using pmd::PciId;
using pmd::pci::PciAddress;
using pmd::pci::SysfsRoot;

inline constexpr PciId kSupported[] = {{0x8086, 0x10CA}, {0x8086, 0x1520}};
inline const std::string kVf = "0000:01:10.0";
inline const std::string kPf = "0000:01:00.0";

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The Error that an action throws; nothing when it throws none.
template <typename Action>
std::optional<Error> thrown(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// A /sys, /dev and /proc of our own, in a directory that goes away with it.
class FakeSystem {
 public:
  FakeSystem() {
    std::string name = (fs::temp_directory_path() / "vfio-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    top_ = name;
    root.sys = name + "/sys";
    root.dev = name + "/dev";
    root.proc = name + "/proc";
    fs::create_directories(root.sys + "/bus/pci/devices");
    fs::create_directories(root.dev + "/vfio");
    write(root.proc + "/cmdline", "BOOT_IMAGE=/vmlinuz quiet\n");
  }
  ~FakeSystem() { fs::remove_all(top_); }

  static void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }
  std::string device(const std::string& address) const { return root.sys + "/bus/pci/devices/" + address; }
  void add(const std::string& address, const std::string& id, const std::string& class_code = "0x020000") {
    write(device(address) + "/vendor", "0x8086\n");
    write(device(address) + "/device", id + "\n");
    write(device(address) + "/class", class_code + "\n");
  }
  void driver(const std::string& address, const std::string& name) {
    link(device(address) + "/driver", "../../../bus/pci/drivers/" + name);
  }
  void group(const std::string& address, const std::string& number) {
    const auto path = root.sys + "/kernel/iommu_groups/" + number;
    fs::create_directories(path + "/devices");
    link(device(address) + "/iommu_group", path);
    link(path + "/devices/" + address, device(address));
  }
  void write_group(const std::string& number, const std::string& file, const std::string& text) {
    write(root.sys + "/kernel/iommu_groups/" + number + "/" + file, text);
  }
  static void link(const std::string& path, const std::string& target) {
    fs::remove(path);
    fs::create_symlink(target, path);
  }
  void add_pf() {
    add(kPf, "0x10c9");
    write(device(kPf) + "/sriov_totalvfs", "7\n");
    driver(kPf, "igb");
  }
  /// A VF that nothing speaks against.
  void add_good_vf() {
    add(kVf, "0x10ca");
    link(device(kVf) + "/physfn", "../" + kPf);
    driver(kVf, "vfio-pci");
    group(kVf, "5");
  }

  pmd::pci::DeviceFacts inspect(const std::string& address) const {
    return pmd::pci::inspect(root, PciAddress::parse(address));
  }
  std::optional<Error> check(const std::string& address) const {
    return thrown([&] { pmd::pci::check_openable(inspect(address), kSupported, root); });
  }

  SysfsRoot root;

 private:
  std::string top_;
};
