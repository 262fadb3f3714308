#include "ports/kernel/interface.h"

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "util/unique_fd.h"

namespace pmd::kernel {

namespace {

ifreq request_for(const std::string& name) noexcept {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

/// In Mbit/s; 0 where the interface has none.
uint32_t speed_of(int any_socket, ifreq request) noexcept {
  ethtool_cmd command{};
  command.cmd = ETHTOOL_GSET;
  request.ifr_data = reinterpret_cast<char*>(&command);
  if (ioctl(any_socket, SIOCETHTOOL, &request) < 0) return 0;
  const uint32_t speed = ethtool_cmd_speed(&command);
  return speed == static_cast<uint32_t>(SPEED_UNKNOWN) ? 0 : speed;
}

}  // namespace

int index_of(int any_socket, const std::string& name) noexcept {
  if (name.size() >= IFNAMSIZ) return 0;
  ifreq request = request_for(name);
  return ioctl(any_socket, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

std::optional<Interface> look_at(int any_socket, int index) {
  ifreq request{};
  request.ifr_ifindex = index;
  if (ioctl(any_socket, SIOCGIFNAME, &request) < 0) return std::nullopt;
  Interface found{.index = index, .name = request.ifr_name, .link = {}};
  request = request_for(found.name);
  if (ioctl(any_socket, SIOCGIFHWADDR, &request) < 0) return std::nullopt;
  const auto type = request.ifr_hwaddr.sa_family;
  found.is_ethernet = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
  std::memcpy(found.mac.data(), request.ifr_hwaddr.sa_data, found.mac.size());
  if (ioctl(any_socket, SIOCGIFMTU, &request) < 0) return std::nullopt;
  found.mtu = static_cast<uint32_t>(request.ifr_mtu);
  if (ioctl(any_socket, SIOCGIFFLAGS, &request) < 0) return std::nullopt;
  constexpr int kUp = IFF_UP | IFF_RUNNING;
  found.link.up = (request.ifr_flags & kUp) == kUp;
  found.link.full_duplex = found.link.up;
  found.link.speed_mbps = found.link.up ? speed_of(any_socket, request_for(found.name)) : 0;
  return found;
}

std::vector<std::string> interface_names() {
  std::vector<std::string> names;
  struct if_nameindex* const list = if_nameindex();
  for (const struct if_nameindex* at = list; at != nullptr && at->if_index != 0; ++at)
    names.emplace_back(at->if_name);
  if_freenameindex(list);
  return names;
}

std::optional<uint64_t> tx_dropped(int index) noexcept {
  struct {
    nlmsghdr header;
    if_stats_msg stats;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETSTATS;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.stats.ifindex = static_cast<uint32_t>(index);
  request.stats.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
  struct {
    nlmsghdr header;
    if_stats_msg stats;
    rtattr attribute;
    rtnl_link_stats64 link;
    std::byte more[256];  // newer kernels count more
  } answer{};
  const UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd || send(fd.get(), &request, sizeof(request), 0) < 0) return std::nullopt;
  const ssize_t got = recv(fd.get(), &answer, sizeof(answer), 0);
  constexpr size_t kLeast = offsetof(decltype(answer), more);
  if (got < static_cast<ssize_t>(kLeast) || answer.header.nlmsg_type != RTM_NEWSTATS ||
      answer.attribute.rta_type != IFLA_STATS_LINK_64)
    return std::nullopt;
  return answer.link.tx_dropped;
}

}  // namespace pmd::kernel
