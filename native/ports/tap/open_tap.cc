#include "ports/tap/open_tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "ports/kernel/vnet_header.h"
#include "util/descriptors.h"
#include "util/error.h"
#include "util/printable.h"

namespace pmd::tap {

namespace {

// UDP segmentation: since Linux 6.2, and in no older header.
constexpr unsigned kUso4 = 0x20, kUso6 = 0x40;

UniqueFd open_tun() {
  constexpr const char* kPath = "/dev/net/tun";
  UniqueFd fd(open(kPath, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (fd) return fd;
  const int err = errno;
  const std::string what = std::string("cannot open ") + kPath + ": " + errno_text(err);
  if (lacks_descriptor(err)) throw descriptor_error(what, "open", err);
  if (err == EACCES || err == EPERM)
    throw Error(ErrorCode::kAccess, what, std::string("as root: chmod 0666 ") + kPath).from("open", err);
  throw Error(ErrorCode::kNoDevice, what,
              std::string("load the kernel's module (modprobe tun); in a container: --device ") + kPath)
      .from("open", err);
}

Error access_error(const std::string& name) {
  if (if_nametoindex(name.c_str()) != 0)
    return Error(ErrorCode::kAccess, "the interface " + name + " is not this user's",
                 "ip -d link show " + name + " tells whose it is. Or use another name");
  return Error(
      ErrorCode::kAccess, "the process may not create the interface " + name,
      "as root: ip tuntap add " + name +
          " mode tap user USER. Or give node the capability (setcap cap_net_admin+ep NODE), or run it in "
          "a network namespace of its own: unshare -rn");
}

Error attach_error(const std::string& name, int err) {
  switch (err) {
    case EPERM:
      return access_error(name);
    case EBUSY:
      return Error(ErrorCode::kBusy, "another program has the interface " + name + " open",
                   "end that program, or use another name");
    case EINVAL:
      return Error(ErrorCode::kUnsupportedDevice, name + " is no TAP interface, or one of several queues",
                   "ip -d link show " + name + " tells what it is; use another name");
    default:
      return Error(ErrorCode::kNoDevice, "cannot open the interface " + name + ": " + errno_text(err),
                   "the kernel's log (dmesg) may say why");
  }
}

/// Throws when the kernel is older than the driver can use.
void require(int result, const char* what) {
  if (result < 0)
    throw Error(ErrorCode::kUnsupportedDevice,
                std::string("the kernel refused ") + what + ": " + errno_text(errno),
                "use Linux 5.10 or newer")
        .from("ioctl", errno);
}

uid_t find_user(const std::string& name) {
  uid_t number = 0;
  const char* const end = name.data() + name.size();
  if (const auto [stop, err] = std::from_chars(name.data(), end, number); err == std::errc{} && stop == end)
    return number;
  std::array<char, 4096> text;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found) == 0 && found != nullptr)
    return found->pw_uid;
  throw Error(ErrorCode::kInvalidArgument, "there is no user " + printable(name),
              "getent passwd shows those that there are; a number will do, too");
}

}  // namespace

UniqueFd open_tap(const Address& address) {
  if (!address.owner.empty()) find_user(address.owner);
  UniqueFd fd = open_tun();
  ifreq request{};
  address.interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    const int err = errno;
    throw attach_error(address.interface, err).from("ioctl", err);
  }
  // Whoever had it before may have set another size.
  constexpr int kHeader = sizeof(kernel::VnetHeader);
  require(ioctl(fd.get(), TUNSETVNETHDRSZ, &kHeader), "the size of a header");
  return fd;
}

void enable_offloads(int tap) {
  constexpr unsigned kTcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (ioctl(tap, TUNSETOFFLOAD, kTcp | kUso4 | kUso6) < 0)
    require(ioctl(tap, TUNSETOFFLOAD, kTcp), "offloads");
}

void disable_offloads(int tap) noexcept {
  ioctl(tap, TUNSETOFFLOAD, 0);
}

void set_persistence(int tap, const Address& address) {
  if (!address.persist) return;
  if (!address.owner.empty() && ioctl(tap, TUNSETOWNER, find_user(address.owner)) < 0)
    throw Error(ErrorCode::kInvalidArgument,
                "the user " + printable(address.owner) + " cannot own an interface: " + errno_text(errno),
                "a user namespace has few users: cat /proc/self/uid_map")
        .from("ioctl", errno);
  require(ioctl(tap, TUNSETPERSIST, 1), "to keep the interface");
}

}  // namespace pmd::tap
