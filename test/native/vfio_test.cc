#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "util/error.h"
#include "vfio/capabilities.h"
#include "vfio/diagnosis.h"
#include "vfio/errors.h"
#include "vfio/group.h"
#include "vfio/holder.h"
#include "vfio/pci_address.h"
#include "vfio/sysfs.h"
#include "vfio/vfio_bus.h"

namespace fs = std::filesystem;
using pmd::Error;
using pmd::ErrorCode;
using pmd::PciId;
using pmd::vfio::PciAddress;
using pmd::vfio::SysfsRoot;

namespace {

constexpr PciId kSupported[] = {{0x8086, 0x10CA}, {0x8086, 0x1520}};
const std::string kVf = "0000:01:10.0";
const std::string kPf = "0000:01:00.0";

bool contains(const std::string& text, const std::string& part) {
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

  pmd::vfio::DeviceFacts inspect(const std::string& address) const {
    return pmd::vfio::inspect(root, PciAddress::parse(address));
  }
  std::optional<Error> check(const std::string& address) const {
    return thrown([&] { pmd::vfio::check_openable(inspect(address), kSupported, root); });
  }

  SysfsRoot root;

 private:
  std::string top_;
};

}  // namespace

// --- addresses ---

TEST(pci_address_accepts_what_sysfs_prints) {
  for (const std::string text :
       {"0000:01:10.0", "0000:00:00.0", "ffff:ff:1f.7", "10000:e1:00.0", "abcdef01:02:03.4"}) {
    const auto address = PciAddress::try_parse(text);
    CHECK(address.has_value());
    if (address) CHECK_EQ(address->to_string(), text);
  }
  const auto address = PciAddress::parse("10ab:cd:1e.5");
  CHECK_EQ(address.domain(), 0x10ABu);
  CHECK_EQ(unsigned{address.bus()}, 0xCDu);
  CHECK_EQ(unsigned{address.device()}, 0x1Eu);
  CHECK_EQ(unsigned{address.function()}, 5u);
  CHECK_EQ(PciAddress::parse("00000000:01:10.0").to_string(), kVf);  // as sysfs spells it
  CHECK(PciAddress::parse("00000:01:10.0") == PciAddress::parse(kVf));
}

TEST(pci_address_refuses_everything_else) {
  const std::string bad[] = {"",
                             " ",
                             "0000",
                             "01:10.0",
                             "000:01:10.0",
                             "000000000:01:10.0",
                             "0000:01:20.0",
                             "0000:01:10.8",
                             "0000:01:1g.0",
                             "0000:0A:10.0",
                             "0000:01:10.0 ",
                             " 0000:01:10.0",
                             "0000:01:10.0\n",
                             "0000:01:10.00",
                             "0000:01:10",
                             "0000-01-10.0",
                             "0000:01:10:0",
                             "0x00:01:10.0",
                             "+000:01:10.0",
                             "0000:-1:10.0",
                             "../../../etc",
                             "../0:01:10.0",
                             "/000:01:10.0",
                             "0000:01:10.0/../../x",
                             "0000:../10.0",
                             "%s%s:01:10.0",
                             std::string("0000:01:10.0\0", 13),
                             std::string("0000:01\0:0.0", 12),
                             std::string(12, '\0'),
                             std::string(300, '0'),
                             std::string(292, '0') + ":01:10.0",
                             "\xff\xff\xff\xff:01:10.0"};
  for (const auto& text : bad) {
    CHECK(!PciAddress::try_parse(text).has_value());
    const auto error = thrown([&] { PciAddress::parse(text); });
    CHECK(error.has_value());
    if (!error) continue;
    CHECK(error->code == ErrorCode::kAddress);
    CHECK(!error->hint.empty());
    const std::string message = error->what();
    CHECK(message.size() < 250);
    for (const char c : message + error->hint) CHECK(c >= 0x20 && c < 0x7F);
  }
}

TEST(pci_address_hints_at_what_was_meant) {
  for (const std::string text : {"01:10.0", "0000:01:10.0\n", " 0000:01:10.0"}) {
    const auto error = thrown([&] { PciAddress::parse(text); });
    CHECK(error && contains(error->hint, "did you mean 0000:01:10.0?"));
  }
  const auto upper = thrown([] { PciAddress::parse("0000:0A:10.0"); });
  CHECK(upper && contains(upper->hint, "0000:0a:10.0"));
  const auto hopeless = thrown([] { PciAddress::parse("eth0"); });
  CHECK(hopeless && contains(hopeless->hint, "lspci -D"));
}

// --- sysfs ---

TEST(sysfs_reads_a_vf) {
  FakeSystem system;
  system.add_pf();
  system.add_good_vf();
  const auto facts = system.inspect(kVf);
  CHECK(facts.exists);
  CHECK(facts.id == (PciId{0x8086, 0x10CA}));
  CHECK_EQ(facts.class_code, 0x020000u);
  CHECK(facts.physical_function && facts.physical_function->to_string() == kPf);
  CHECK_EQ(facts.driver, std::string("vfio-pci"));
  CHECK(facts.iommu_group == 5u);
  CHECK_EQ(facts.group_members.size(), size_t{1});
  CHECK_EQ(facts.total_vfs, 0u);
  CHECK(!facts.no_iommu_group);
  CHECK(!facts.direct_mapped);
}

TEST(sysfs_believes_no_malformed_entry) {
  FakeSystem system;
  system.add(kVf, "0x10ca");
  FakeSystem::write(system.device(kVf) + "/vendor", "8086zz\n");
  FakeSystem::link(system.device(kVf) + "/driver", "/drivers/evil driver;rm");
  FakeSystem::link(system.device(kVf) + "/iommu_group", "/groups/5x");
  FakeSystem::link(system.device(kVf) + "/physfn", "../../../etc/passwd");
  const auto facts = system.inspect(kVf);
  CHECK(facts.exists);
  CHECK_EQ(facts.id.vendor, 0);
  CHECK(facts.driver.empty());
  CHECK(!facts.iommu_group.has_value());
  CHECK(!facts.physical_function.has_value());
  for (const std::string target : {"/groups/", "/groups/-1", "/groups/99999999999", "5/", "/groups/ 5"}) {
    FakeSystem::link(system.device(kVf) + "/iommu_group", target);
    CHECK(!system.inspect(kVf).iommu_group.has_value());
  }
}

TEST(sysfs_numbers) {
  using pmd::vfio::parse_number;
  CHECK(parse_number("0x8086\n") == uint64_t{0x8086});
  CHECK(parse_number("7\n") == uint64_t{7});
  CHECK(parse_number("65535") == uint64_t{65535});
  for (const std::string text :
       {"", "\n", "0x", "-1", "+1", "1 ", "0xg", "1\n\n", "99999999999999999999999"}) {
    CHECK(!parse_number(text).has_value());
  }
}

// --- diagnosis: one test for each row of the table of errors ---

TEST(diagnosis_passes_a_good_vf) {
  FakeSystem system;
  system.add_good_vf();
  CHECK(!system.check(kVf).has_value());
  fs::remove(system.device(kVf) + "/physfn");  // as in a virtual machine that was given the VF
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_absent_lists_the_vfs_that_exist) {
  FakeSystem system;
  system.add_pf();
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice);
  CHECK(error && contains(error->hint, "echo 2 | sudo tee " + system.device(kPf) + "/sriov_numvfs"));
  system.add_good_vf();
  error = system.check("0000:01:10.2");
  CHECK(error && error->code == ErrorCode::kNoDevice);
  CHECK(error && contains(error->hint, "0000:01:10.0 (vfio-pci)"));
  FakeSystem bare;
  error = bare.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice && contains(error->hint, "lspci"));
}

TEST(diagnosis_listed_but_silent) {
  FakeSystem system;
  system.add_good_vf();
  FakeSystem::write(system.device(kVf) + "/config", std::string(64, '\xff'));
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice && contains(error->what(), "does not answer"));
  CHECK(error && contains(error->hint, "rescan"));
  // A VF's vendor and device read all ones in health too.
  FakeSystem::write(system.device(kVf) + "/config", std::string(4, '\xff') + std::string(60, '\0'));
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_refuses_a_physical_function) {
  FakeSystem system;
  system.add_pf();
  auto error = system.check(kPf);
  CHECK(error && error->code == ErrorCode::kUnsupportedDevice);
  CHECK(error && contains(error->what(), "physical function"));
  CHECK(error && contains(error->hint, "sriov_numvfs"));
  system.add_good_vf();
  FakeSystem::link(system.device(kPf) + "/virtfn0", "../" + kVf);
  error = system.check(kPf);
  CHECK(error && contains(error->hint, kVf));
}

TEST(diagnosis_refuses_a_foreign_device) {
  FakeSystem system;
  system.add("0000:00:1f.2", "0x2922", "0x010601");
  const auto error = system.check("0000:00:1f.2");
  CHECK(error && error->code == ErrorCode::kUnsupportedDevice);
  CHECK(error && contains(error->what(), "8086:2922"));
  CHECK(error && contains(error->what(), "8086:10ca, 8086:1520"));
}

TEST(diagnosis_not_bound_gives_the_commands) {
  FakeSystem system;
  system.add_good_vf();
  system.driver(kVf, "igbvf");
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNotBound);
  CHECK(error && contains(error->what(), "igbvf"));
  const auto path = system.device(kVf);
  CHECK(error && contains(error->hint, "echo vfio-pci | sudo tee " + path + "/driver_override"));
  CHECK(error && contains(error->hint, "echo " + kVf + " | sudo tee " + path + "/driver/unbind"));
  CHECK(error &&
        contains(error->hint, "echo " + kVf + " | sudo tee " + system.root.sys + "/bus/pci/drivers_probe"));
  fs::remove(path + "/driver");
  error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNotBound);
  CHECK(error && contains(error->what(), "has no driver"));
  CHECK(error && !contains(error->hint, "unbind"));
}

TEST(diagnosis_no_iommu) {
  FakeSystem system;
  system.add_good_vf();
  system.driver(kVf, "igbvf");  // it cannot be bound to vfio-pci either: the IOMMU is what to name first
  fs::remove(system.device(kVf) + "/iommu_group");
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoIommu);
  CHECK(error && contains(error->hint, "boot with intel_iommu=on"));
  FakeSystem::write(system.root.proc + "/cmdline", "quiet intel_iommu=on\n");
  error = system.check(kVf);
  CHECK(error && contains(error->hint, "firmware") && !contains(error->hint, "boot with"));
}

TEST(diagnosis_refuses_no_iommu_mode_whatever_the_node_is_called) {
  FakeSystem system;
  system.add_good_vf();
  system.write_group("5", "name", "vfio-noiommu\n");
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoIommu);
  CHECK(error && contains(error->hint, "refused"));
}

TEST(diagnosis_names_what_keeps_a_group_from_being_viable) {
  FakeSystem system;
  system.add_good_vf();
  system.add_pf();
  system.group(kPf, "5");
  system.add("0000:00:01.0", "0x3420", "0x060400");
  system.driver("0000:00:01.0", "shpchp");
  system.group("0000:00:01.0", "5");
  system.add("0000:01:10.2", "0x10ca");
  system.group("0000:01:10.2", "5");
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kGroupNotViable);
  CHECK(error && contains(error->what(), kPf + " (igb)"));
  CHECK(error && !contains(error->what(), "0000:00:01.0"));  // a bridge may keep its driver
  CHECK(error && !contains(error->what(), "0000:01:10.2"));  // so may a device without one
  system.driver(kPf, "vfio-pci");
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_sees_fixed_mappings) {
  FakeSystem system;
  system.add_good_vf();
  system.write_group("5", "reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
  CHECK(!system.inspect(kVf).direct_mapped);
  system.write_group("5", "reserved_regions", "0x0000000000000000 0x0000000000ffffff direct-relaxable\n");
  CHECK(!system.inspect(kVf).direct_mapped);
  system.write_group("5", "reserved_regions", "0x00000000000e8000 0x00000000000e8fff direct\n");
  CHECK(system.inspect(kVf).direct_mapped);
}

// --- what the kernel's refusals become ---

TEST(errors_group) {
  using pmd::vfio::open_group_error;
  const std::string node = "/dev/vfio/5";
  const auto denied = open_group_error(EACCES, node, {}, false);
  CHECK(denied.code == ErrorCode::kAccess);
  CHECK_EQ(denied.sys_errno, EACCES);
  CHECK_EQ(denied.syscall, std::string("open"));
  CHECK(contains(denied.hint, "chown \"$USER\" /dev/vfio/5") && contains(denied.hint, "udev"));
  const auto busy = open_group_error(EBUSY, node, pmd::vfio::Holder{123, "node"}, false);
  CHECK(busy.code == ErrorCode::kBusy);
  CHECK(contains(busy.what(), "pid 123 (node)"));
  const auto own = open_group_error(EBUSY, node, pmd::vfio::Holder{getpid(), "x"}, false);
  CHECK(contains(own.what(), "this process"));
  const auto unknown = open_group_error(EBUSY, node, {}, false);
  CHECK(contains(unknown.what(), "another process") && contains(unknown.hint, "fuser -v /dev/vfio/5"));
  CHECK(open_group_error(ENOENT, node, {}, false).code == ErrorCode::kVfio);
  CHECK(contains(open_group_error(ENOENT, node, {}, true).hint, "CONFIG_VFIO_GROUP"));
  CHECK(open_group_error(EIO, node, {}, false).code == ErrorCode::kVfio);
}

TEST(errors_container) {
  using pmd::vfio::open_container_error;
  const std::string node = "/dev/vfio/vfio";
  CHECK(open_container_error(EACCES, node).code == ErrorCode::kAccess);
  CHECK(contains(open_container_error(EACCES, node).hint, "chmod 0666 /dev/vfio/vfio"));
  CHECK(contains(open_container_error(ENOENT, node).hint, "modprobe vfio-pci"));
  CHECK(open_container_error(EMFILE, node).code == ErrorCode::kVfio);
  CHECK(contains(pmd::vfio::no_type1_error().hint, "modprobe vfio_iommu_type1"));
}

TEST(errors_attach) {
  using pmd::vfio::attach_error;
  pmd::vfio::DeviceFacts facts(PciAddress::parse(kVf));
  facts.iommu_group = 5;
  const auto unsafe = attach_error("VFIO_SET_IOMMU", EPERM, facts);
  CHECK(unsafe.code == ErrorCode::kNoIommu);
  CHECK_EQ(unsafe.syscall, std::string("VFIO_SET_IOMMU"));
  CHECK(contains(unsafe.hint, "interrupt remapping"));
  CHECK(contains(attach_error("VFIO_SET_IOMMU", EINVAL, facts).hint, "RMRR"));
  facts.direct_mapped = true;
  CHECK(contains(attach_error("VFIO_SET_IOMMU", EPERM, facts).what(), "RMRR"));
  CHECK(contains(attach_error("VFIO_SET_IOMMU", EINVAL, facts).what(), "RMRR"));
  CHECK(attach_error("VFIO_GROUP_SET_CONTAINER", EBUSY, facts).code == ErrorCode::kBusy);
  CHECK(attach_error("VFIO_SET_IOMMU", ENODEV, facts).code == ErrorCode::kNoIommu);
  CHECK(attach_error("VFIO_GROUP_SET_CONTAINER", ENOTTY, facts).code == ErrorCode::kVfio);
}

TEST(errors_device) {
  using pmd::vfio::device_error;
  using pmd::vfio::device_fd_error;
  pmd::vfio::DeviceFacts facts(PciAddress::parse(kVf));
  CHECK(device_fd_error(ENODEV, facts).code == ErrorCode::kNoDevice);
  CHECK(device_fd_error(ENOENT, facts).code == ErrorCode::kNoDevice);
  CHECK(contains(device_fd_error(EACCES, facts).hint, "vf_token"));
  CHECK(device_fd_error(EBUSY, facts).code == ErrorCode::kBusy);
  CHECK(device_error("VFIO_DEVICE_RESET", ENODEV, "cannot reset").code == ErrorCode::kRemoved);
  CHECK(contains(device_error("VFIO_DEVICE_RESET", EAGAIN, "cannot reset").hint, "removing or resetting"));
  CHECK(contains(device_error("eventfd", EMFILE, "cannot make").hint, "ulimit -n"));
  CHECK(device_fd_error(EINVAL, facts).code == ErrorCode::kVfio);
  const auto other = device_error("VFIO_DEVICE_RESET", EIO, "cannot reset");
  CHECK(other.code == ErrorCode::kVfio);
  CHECK_EQ(other.sys_errno, EIO);
  CHECK_EQ(other.syscall, std::string("VFIO_DEVICE_RESET"));
}

TEST(errors_map) {
  using pmd::vfio::map_error;
  pmd::vfio::MapAttempt attempt;
  attempt.size = 8388608;
  attempt.locked = 1000;
  attempt.limit = 65536;
  const auto memlock = map_error(ENOMEM, attempt);
  CHECK(memlock.code == ErrorCode::kMemlock);
  CHECK_EQ(memlock.sys_errno, ENOMEM);
  CHECK(contains(memlock.what(), "8389608") && contains(memlock.what(), "65536"));
  CHECK(contains(memlock.hint, "ulimit -l 8193") && contains(memlock.hint, "LimitMEMLOCK=8193K"));
  attempt.limit = RLIM_INFINITY;
  CHECK(map_error(ENOMEM, attempt).code == ErrorCode::kDma);
  attempt.entry_limit = 65535;
  CHECK(contains(map_error(ENOSPC, attempt).hint, "dma_entry_limit) is 65535"));
  for (const int err : {ENOSPC, EEXIST, EINVAL, EFAULT, EIO}) {
    const auto error = map_error(err, attempt);
    CHECK(error.code == ErrorCode::kDma);
    CHECK_EQ(error.sys_errno, err);
    CHECK(!error.hint.empty());
  }
}

// --- capabilities ---

namespace {

/// Bytes as the kernel would lay them out.
class Answer {
 public:
  template <typename T>
  Answer& put(const T& value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(value));
    return *this;
  }
  Answer& capability(uint16_t id, uint32_t next) { return put(vfio_info_cap_header{id, 1, next}); }
  std::span<const std::byte> bytes() const { return bytes_; }
  uint32_t size() const { return static_cast<uint32_t>(bytes_.size()); }

 private:
  std::vector<std::byte> bytes_;
};

vfio_iommu_type1_info iommu_head(uint32_t cap_offset) {
  vfio_iommu_type1_info info{};
  info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
  info.iova_pgsizes = 0x40201000;
  info.cap_offset = cap_offset;
  return info;
}

vfio_region_info region_head(uint32_t flags, uint64_t size, uint32_t cap_offset) {
  vfio_region_info info{};
  info.flags = flags;
  info.size = size;
  info.offset = uint64_t{3} << 40;
  info.cap_offset = cap_offset;
  return info;
}

}  // namespace

TEST(capabilities_iommu) {
  const uint32_t first = sizeof(vfio_iommu_type1_info);
  Answer answer;
  answer.put(iommu_head(first));
  answer.capability(VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, first + 16).put(uint32_t{65535}).put(uint32_t{0});
  answer.capability(VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 0).put(uint32_t{2}).put(uint32_t{0});
  answer.put(vfio_iova_range{0, 0xFEDFFFFF}).put(vfio_iova_range{0xFEF00000, 0x7FFFFFFFFF});
  const auto info = pmd::vfio::parse_iommu_info(answer.bytes());
  CHECK_EQ(info.page_sizes, uint64_t{0x40201000});
  CHECK_EQ(info.smallest_page(), uint64_t{4096});
  CHECK(info.mappings_available == 65535u);
  CHECK(info.ranges_reported);
  CHECK_EQ(info.ranges.size(), size_t{2});
  CHECK_EQ(info.ranges[1].last, uint64_t{0x7FFFFFFFFF});
}

TEST(capabilities_iommu_without_ranges_is_39_bits) {
  vfio_iommu_type1_info bare{};
  Answer answer;
  const auto info = pmd::vfio::parse_iommu_info(answer.put(bare).bytes());
  CHECK(!info.ranges_reported);
  CHECK(!info.mappings_available.has_value());
  CHECK_EQ(info.ranges.back().last, (uint64_t{1} << 39) - 1);
  CHECK_EQ(info.smallest_page(), uint64_t{4096});
}

TEST(capabilities_survive_hostile_answers) {
  const uint32_t first = sizeof(vfio_iommu_type1_info);
  Answer loop;
  loop.put(iommu_head(first)).capability(77, first);
  CHECK(!pmd::vfio::parse_iommu_info(loop.bytes()).ranges_reported);
  Answer outside;
  CHECK(!pmd::vfio::parse_iommu_info(outside.put(iommu_head(0xFFFFFFF0)).bytes()).ranges_reported);
  Answer cut;
  cut.put(iommu_head(first))
      .capability(VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 0)
      .put(~uint32_t{0})
      .put(uint32_t{0});
  cut.put(vfio_iova_range{0x1000, 0x1FFF});
  CHECK_EQ(pmd::vfio::parse_iommu_info(cut.bytes()).ranges.size(), size_t{1});
  for (size_t length = 0; length < cut.bytes().size(); ++length) {
    pmd::vfio::parse_iommu_info(cut.bytes().first(length));
    pmd::vfio::parse_region_info(cut.bytes().first(length));
  }
}

TEST(capabilities_region) {
  using pmd::vfio::parse_region_info;
  const uint32_t mmap = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP;
  Answer whole;
  auto region = parse_region_info(whole.put(region_head(mmap, 0x4000, 0)).bytes());
  CHECK_EQ(region.size, uint64_t{0x4000});
  CHECK_EQ(region.mappable, uint64_t{0x4000});
  CHECK_EQ(region.offset, uint64_t{3} << 40);
  Answer config;
  region = parse_region_info(config.put(region_head(VFIO_REGION_INFO_FLAG_READ, 0x1000, 0)).bytes());
  CHECK_EQ(region.mappable, uint64_t{0});
  const uint32_t first = sizeof(vfio_region_info);
  Answer sparse;
  sparse.put(region_head(mmap | VFIO_REGION_INFO_FLAG_CAPS, 0x8000, first));
  sparse.capability(VFIO_REGION_INFO_CAP_SPARSE_MMAP, 0).put(uint32_t{2}).put(uint32_t{0});
  sparse.put(vfio_region_sparse_mmap_area{0x5000, 0x3000}).put(vfio_region_sparse_mmap_area{0, 0x4000});
  CHECK_EQ(parse_region_info(sparse.bytes()).mappable, uint64_t{0x4000});
}

// --- opening, as far as it goes without a device ---

TEST(open_absent_device) {
  FakeSystem system;
  const auto error =
      thrown([&] { pmd::vfio::open_vfio(PciAddress::parse("ffff:ff:1f.7"), kSupported, system.root); });
  CHECK(error && error->code == ErrorCode::kNoDevice);
  CHECK(error && error->address == "ffff:ff:1f.7");
}

TEST(open_on_this_machine_says_why_not) {
  const auto error = thrown([] { pmd::vfio::open_vfio(PciAddress::parse("fffe:ff:1f.7"), kSupported); });
  CHECK(error && error->code == ErrorCode::kNoDevice && !error->hint.empty());
}

TEST(open_without_the_vfio_module) {
  FakeSystem system;
  system.add_good_vf();
  const auto error = thrown([&] { pmd::vfio::open_vfio(PciAddress::parse(kVf), kSupported, system.root); });
  CHECK(error && error->code == ErrorCode::kAccess);
  CHECK(error && error->sys_errno == ENOENT && contains(error->hint, "modprobe vfio-pci"));
  CHECK(error && error->address == kVf);
}

TEST(open_with_a_node_that_is_not_vfio) {
  FakeSystem system;
  system.add_good_vf();
  FakeSystem::write(system.root.container_path(), "");
  const auto error = thrown([&] { pmd::vfio::open_vfio(PciAddress::parse(kVf), kSupported, system.root); });
  CHECK(error && error->code == ErrorCode::kVfio);
  CHECK(error && error->syscall == "VFIO_GET_API_VERSION" && error->sys_errno == ENOTTY);
}

TEST(group_node_that_never_comes) {
  FakeSystem system;
  system.add_good_vf();
  const auto error = thrown([&] { pmd::vfio::Group group(system.inspect(kVf), system.root); });
  CHECK(error && error->code == ErrorCode::kVfio && error->sys_errno == ENOENT);
}

TEST(group_on_a_kernel_without_groups) {
  FakeSystem system;
  system.add_good_vf();
  fs::create_directories(system.device(kVf) + "/vfio-dev/vfio0");
  auto error = thrown([&] { pmd::vfio::Group group(system.inspect(kVf), system.root); });
  CHECK(error && contains(error->hint, "CONFIG_VFIO_GROUP"));
  fs::create_directories(system.root.sys + "/class/vfio");
  error = thrown([&] { pmd::vfio::Group group(system.inspect(kVf), system.root); });
  CHECK(error && !contains(error->hint, "CONFIG_VFIO_GROUP") && contains(error->hint, "--device"));
}

TEST(holder_is_found) {
  FakeSystem system;
  const auto node = system.root.group_path(5);
  FakeSystem::write(node, "");
  const SysfsRoot real;
  CHECK(!pmd::vfio::find_holder(real, node).has_value());
  const int fd = open(node.c_str(), O_RDONLY | O_CLOEXEC);
  const auto holder = pmd::vfio::find_holder(real, node);
  CHECK(holder && holder->pid == getpid());
  CHECK(holder && !holder->name.empty());
  close(fd);
}
