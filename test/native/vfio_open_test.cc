#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "check.h"
#include "fake_system.h"
#include "pci/holder.h"
#include "vfio/errors.h"
#include "vfio/function.h"
#include "vfio/group.h"

// Opening, as far as it goes without a device, and what the kernel's refusals become.

TEST(errors_group) {
  using pmd::vfio::open_group_error;
  const std::string node = "/dev/vfio/5";
  const auto denied = open_group_error(EACCES, node, {}, false);
  CHECK(denied.code == ErrorCode::kAccess);
  CHECK_EQ(denied.sys_errno, EACCES);
  CHECK_EQ(denied.syscall, std::string("open"));
  CHECK(contains(denied.hint, "chown \"$USER\" /dev/vfio/5") && contains(denied.hint, "udev"));
  const auto busy = open_group_error(EBUSY, node, pmd::pci::Holder{123, "node"}, false);
  CHECK(busy.code == ErrorCode::kBusy);
  CHECK(contains(busy.what(), "pid 123 (node)"));
  const auto own = open_group_error(EBUSY, node, pmd::pci::Holder{getpid(), "x"}, false);
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
  CHECK(open_container_error(EMFILE, node).code == ErrorCode::kDescriptors);
  CHECK(open_container_error(EIO, node).code == ErrorCode::kVfio);
  CHECK(contains(pmd::vfio::no_type1_error().hint, "modprobe vfio_iommu_type1"));
}

TEST(errors_attach) {
  using pmd::vfio::attach_error;
  pmd::pci::DeviceFacts facts(PciAddress::parse(kVf));
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
  pmd::pci::DeviceFacts facts(PciAddress::parse(kVf));
  CHECK(device_fd_error(ENODEV, facts).code == ErrorCode::kNoDevice);
  CHECK(device_fd_error(ENOENT, facts).code == ErrorCode::kNoDevice);
  CHECK(contains(device_fd_error(EACCES, facts).hint, "vf_token"));
  CHECK(device_fd_error(EBUSY, facts).code == ErrorCode::kBusy);
  CHECK(device_error("VFIO_DEVICE_RESET", ENODEV, "cannot reset").code == ErrorCode::kRemoved);
  CHECK(contains(device_error("VFIO_DEVICE_RESET", EAGAIN, "cannot reset").hint, "removing or resetting"));
  CHECK(contains(device_error("eventfd", EMFILE, "cannot make").hint, "ulimit -n"));
  CHECK(device_error("eventfd", EMFILE, "cannot make").code == ErrorCode::kDescriptors);
  CHECK(device_fd_error(EMFILE, facts).code == ErrorCode::kDescriptors);
  CHECK(contains(device_fd_error(ENFILE, facts).hint, "fs.file-max"));
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
  CHECK(!pmd::pci::find_holder(real, node).has_value());
  const int fd = open(node.c_str(), O_RDONLY | O_CLOEXEC);
  const auto holder = pmd::pci::find_holder(real, node);
  CHECK(holder && holder->pid == getpid());
  CHECK(holder && !holder->name.empty());
  close(fd);
}
