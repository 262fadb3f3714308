#include "netlink/usage.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <map>

#include "netlink/attributes.h"
#include "netlink/route_socket.h"

namespace pmd::netlink {

namespace {

using Kind = InterfaceUse::Kind;

constexpr size_t kMostOfInterface = 16;

std::string prefix_text(int family, std::span<const std::byte> address, unsigned length) {
  char text[INET6_ADDRSTRLEN];
  const size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  if (address.size() < size || !inet_ntop(family, address.data(), text, sizeof(text))) return {};
  return std::string(text) + "/" + std::to_string(length);
}

std::vector<InterfaceUse> parse_address(std::span<const std::byte> message) {
  const auto header = read<ifaddrmsg>(message);
  if (!header) return {};
  std::string text;
  // Of a point-to-point link, IFA_ADDRESS is that of its other end.
  for_each_attribute(message.subspan(NLMSG_ALIGN(sizeof(ifaddrmsg))),
                     [&](uint16_t type, std::span<const std::byte> value) {
                       if (type == IFA_LOCAL || (type == IFA_ADDRESS && text.empty()))
                         text = prefix_text(header->ifa_family, value, header->ifa_prefixlen);
                     });
  if (text.empty()) return {};
  return {{static_cast<int>(header->ifa_index), Kind::kAddress, text}};
}

void add_next_hops(std::span<const std::byte> list, std::vector<int>& indexes) {
  while (const auto hop = read<rtnexthop>(list)) {
    if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > list.size()) return;
    indexes.push_back(hop->rtnh_ifindex);
    list = list.subspan(std::min<size_t>(RTNH_ALIGN(hop->rtnh_len), list.size()));
  }
}

std::vector<InterfaceUse> parse_route(std::span<const std::byte> message) {
  const auto header = read<rtmsg>(message);
  if (!header || header->rtm_type != RTN_UNICAST || (header->rtm_flags & RTM_F_CLONED) != 0) return {};
  std::string text = "default";
  std::vector<int> indexes;
  for_each_attribute(message.subspan(NLMSG_ALIGN(sizeof(rtmsg))),
                     [&](uint16_t type, std::span<const std::byte> value) {
                       if (type == RTA_DST)
                         text = prefix_text(header->rtm_family, value, header->rtm_dst_len);
                       if (type == RTA_OIF) indexes.push_back(read<int>(value).value_or(0));
                       if (type == RTA_MULTIPATH) add_next_hops(value, indexes);
                     });
  std::vector<InterfaceUse> uses;
  if (text.empty()) return uses;
  for (const int index : indexes) uses.push_back({index, Kind::kRoute, text});
  return uses;
}

template <typename Header>
struct Request {
  nlmsghdr header;
  Header body;
};

template <typename Header>
void add_all(uint16_t type, std::map<int, size_t>& counts, std::vector<InterfaceUse>& uses) {
  Request<Header> request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = type;
  dump(request.header, [&](uint16_t answer, std::span<const std::byte> message) {
    for (auto& use : parse_use(answer, message))
      if (counts[use.index]++ < kMostOfInterface) uses.push_back(std::move(use));
  });
}

}  // namespace

std::vector<InterfaceUse> parse_use(uint16_t type, std::span<const std::byte> message) {
  if (type == RTM_NEWADDR) return parse_address(message);
  if (type == RTM_NEWROUTE) return parse_route(message);
  return {};
}

std::vector<InterfaceUse> list_uses() {
  std::map<int, size_t> counts;
  std::vector<InterfaceUse> uses;
  add_all<ifaddrmsg>(RTM_GETADDR, counts, uses);
  add_all<rtmsg>(RTM_GETROUTE, counts, uses);
  return uses;
}

}  // namespace pmd::netlink
