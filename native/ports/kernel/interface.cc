#include "ports/kernel/interface.h"

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <span>

#include "netlink/attributes.h"
#include "netlink/route_socket.h"
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

std::optional<uint64_t> dropped_in(std::span<const std::byte> answer) {
  std::optional<uint64_t> dropped;
  const auto take = [&dropped](uint16_t type, std::span<const std::byte> value) {
    if (type != IFLA_STATS_LINK_64) return;
    if (const auto stats = netlink::read<rtnl_link_stats64>(value)) dropped = stats->tx_dropped;
  };
  netlink::read_messages(answer, 0, [&take](uint16_t type, std::span<const std::byte> message) {
    if (type == RTM_NEWSTATS && message.size() >= sizeof(if_stats_msg))
      netlink::for_each_attribute(message.subspan(sizeof(if_stats_msg)), take);
  });
  return dropped;
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
  const UniqueFd fd = netlink::open_route_socket();
  std::array<std::byte, 1024> answer;  // newer kernels count more
  if (!fd || send(fd.get(), &request, sizeof(request), 0) < 0) return std::nullopt;
  const ssize_t got = recv(fd.get(), answer.data(), answer.size(), 0);
  if (got <= 0) return std::nullopt;
  return dropped_in({answer.data(), static_cast<size_t>(got)});
}

}  // namespace pmd::kernel
