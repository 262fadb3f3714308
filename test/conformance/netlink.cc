#include "netlink.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "util/unique_fd.h"

// By hand and not through ip(8), which a guest whose root is a slim host's does not have.

namespace pmd::conformance {

namespace {

[[noreturn]] void fail(const char* what, int err) {
  throw std::system_error(err, std::generic_category(), what);
}

struct Message {
  nlmsghdr header{};
  ifinfomsg link{};
  std::byte attributes[128]{};

  void* append(uint16_t type, const void* payload, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(reinterpret_cast<std::byte*>(this) + header.nlmsg_len);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    if (size > 0) std::memcpy(RTA_DATA(attribute), payload, size);
    header.nlmsg_len += static_cast<uint32_t>(RTA_ALIGN(attribute->rta_len));
    return attribute;
  }
  void end(void* outer) const {
    auto* attribute = static_cast<rtattr*>(outer);
    const auto* finish = reinterpret_cast<const std::byte*>(this) + header.nlmsg_len;
    attribute->rta_len = static_cast<uint16_t>(finish - static_cast<const std::byte*>(outer));
  }
};

/// Sends one attribute of a VF to the driver of its PF.
void set_vf(const std::string& interface, uint16_t type, const void* setting, size_t size, const char* what) {
  Message message;
  message.header.nlmsg_len = NLMSG_LENGTH(sizeof(message.link));
  message.header.nlmsg_type = RTM_NEWLINK;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.link.ifi_index = static_cast<int>(if_nametoindex(interface.c_str()));
  void* const list = message.append(IFLA_VFINFO_LIST, nullptr, 0);
  void* const info = message.append(IFLA_VF_INFO, nullptr, 0);
  message.append(type, setting, size);
  message.end(info);
  message.end(list);

  const UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd || send(fd.get(), &message, message.header.nlmsg_len, 0) < 0) fail("RTM_NEWLINK", errno);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    std::byte rest[512];
  } reply{};
  if (recv(fd.get(), &reply, sizeof(reply), 0) < 0) fail("RTM_NEWLINK", errno);
  if (reply.header.nlmsg_type == NLMSG_ERROR && reply.error.error != 0) fail(what, -reply.error.error);
}

}  // namespace

void set_vf_mac(const std::string& interface, unsigned vf, const MacAddress& mac) {
  ifla_vf_mac setting{.vf = vf, .mac = {}};
  std::memcpy(setting.mac, mac.data(), mac.size());
  set_vf(interface, IFLA_VF_MAC, &setting, sizeof(setting), "setting a VF's MAC");
}

void set_vf_vlan(const std::string& interface, unsigned vf, uint16_t vlan) {
  const ifla_vf_vlan setting{.vf = vf, .vlan = vlan, .qos = 0};
  set_vf(interface, IFLA_VF_VLAN, &setting, sizeof(setting), "setting a VF's VLAN");
}

void set_interface(const std::string& interface, bool up) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || ioctl(fd.get(), SIOCGIFFLAGS, &request) < 0) fail("SIOCGIFFLAGS", errno);
  request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  if (ioctl(fd.get(), SIOCSIFFLAGS, &request) < 0) fail("SIOCSIFFLAGS", errno);
}

}  // namespace pmd::conformance
