#include "vfio/group.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "pci/diagnosis.h"
#include "util/clock.h"
#include "vfio/errors.h"
#include "vfio/findings.h"
#include "vfio/ioctls.h"

namespace pmd::vfio {

static_assert(!std::is_copy_constructible_v<Group>, "owns a descriptor");

namespace {

/// Right after VFs are made or bound, the driver link is there before udev has made the node, and the node
/// before the device can be opened: seen to take some tens of milliseconds, more on a loaded machine.
constexpr auto kBindRace = std::chrono::seconds(2);
constexpr auto kBetweenTries = std::chrono::milliseconds(20);

/// Calls `attempt` until it returns something other than -ENOENT and -ENODEV, or time is up.
template <typename Attempt>
int retry_while_missing(Attempt attempt) {
  auto deadline = Deadline::in(kBindRace);
  for (;;) {
    const int result = attempt();
    if ((result != -ENOENT && result != -ENODEV) || deadline.passed()) return result;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

[[noreturn]] void throw_open_error(int err, const std::string& node, const pci::DeviceFacts& facts,
                                   const pci::SysfsRoot& root) {
  const auto holder = err == EBUSY ? pci::find_holder(root, node) : std::nullopt;
  throw open_group_error(err, node, holder, lacks_groups(facts, root));
}

[[noreturn]] void throw_not_viable(const pci::DeviceFacts& facts) {
  const auto others = pci::foreign_members(facts);
  const auto group = std::to_string(facts.iommu_group.value_or(0));
  throw Error(ErrorCode::kGroupNotViable,
              "the kernel refuses IOMMU group " + group + " as not viable" +
                  (others.empty() ? std::string() : ": it also holds " + others),
              "every device of the group must be without a driver or bound to vfio-pci: ls -l "
              "/sys/kernel/iommu_groups/" +
                  group + "/devices/*/driver");
}

}  // namespace

Group::Group(const pci::DeviceFacts& facts, const pci::SysfsRoot& root) : facts_(facts) {
  const auto node = root.group_path(*facts.iommu_group);
  const int fd = retry_while_missing([&node] {
    const int opened = ::open(node.c_str(), O_RDWR | O_CLOEXEC);
    return opened < 0 ? -errno : opened;
  });
  if (fd < 0) throw_open_error(-fd, node, facts, root);
  fd_.reset(fd);
  check(node, root);
}

Group::Group(const pci::DeviceFacts& facts, UniqueFd fd, const pci::SysfsRoot& root)
    : facts_(facts), fd_(std::move(fd)) {
  check("the descriptor of a group", root);
}

Group::~Group() {
  if (attached_) ioctls::unset_container(fd());
}

void Group::check(const std::string& name, const pci::SysfsRoot& root) const {
  uint32_t flags = 0;
  const int result = ioctls::get_group_status(fd_.get(), flags);
  if (result < 0) throw device_error("VFIO_GROUP_GET_STATUS", -result, "cannot use " + name);
  if ((flags & VFIO_GROUP_FLAGS_VIABLE) == 0) throw_not_viable(pci::inspect(root, facts_.address));
}

void Group::attach(Container& container) {
  const int result = ioctls::set_container(fd(), container.fd());
  if (result < 0) throw attach_error("VFIO_GROUP_SET_CONTAINER", -result, facts_);
  attached_ = true;
}

UniqueFd Group::open_device() {
  const auto name = facts_.address.to_string();
  const int device = retry_while_missing([&] { return ioctls::get_device_fd(fd(), name.c_str()); });
  if (device < 0) throw device_fd_error(-device, facts_);
  return UniqueFd(device);
}

}  // namespace pmd::vfio
