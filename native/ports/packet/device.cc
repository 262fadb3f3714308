#include "ports/packet/device.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "util/descriptors.h"
#include "util/error.h"
#include "util/printable.h"

namespace pmd::packet {

namespace {

UniqueFd open_socket(int domain, int type, int protocol) {
  UniqueFd fd(socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (fd) return fd;
  const int err = errno;
  if (lacks_descriptor(err)) throw descriptor_error("cannot make a socket", "socket", err);
  if (err == EPERM || err == EACCES)
    throw Error(
        ErrorCode::kAccess, "the process may not open packet sockets",
        "give node the capability (setcap cap_net_raw+ep NODE), or run it in a network namespace of its "
        "own: unshare -rn")
        .from("socket", err);
  throw Error(ErrorCode::kNoDevice, "the system has no packet sockets: " + errno_text(err),
              "load the kernel's module: modprobe af_packet")
      .from("socket", err);
}

void bind_to(int fd, int index, int protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(static_cast<uint16_t>(protocol));
  address.sll_ifindex = index;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return;
  throw Error(ErrorCode::kNoDevice, "cannot bind a socket to the interface: " + errno_text(errno),
              "ip link shows whether it is still there")
      .from("bind", errno);
}

Interface find_interface(int any_socket, const Address& address) {
  const auto found = look_at(any_socket, index_of(any_socket, address.interface));
  if (!found) {
    std::string names;
    for (const std::string& name : interface_names()) names += (names.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::kNoDevice, "there is no network interface " + printable(address.interface),
                names.empty() ? "this network namespace has none" : "there are " + printable(names));
  }
  if (!found->is_ethernet)
    throw Error(ErrorCode::kUnsupportedDevice, address.interface + " carries no Ethernet frames",
                "use an Ethernet interface, a bridge or a veth");
  return *found;
}

UniqueFd watch_links() {
  UniqueFd fd = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0)
    throw Error(ErrorCode::kInternal, "cannot watch the interfaces: " + errno_text(errno), "please report it")
        .from("bind", errno);
  return fd;
}

}  // namespace

PacketDevice::PacketDevice(const Address& address)
    : Device({address.text, "packet", "af_packet"}),
      tx_(open_socket(AF_PACKET, SOCK_RAW, 0)),
      rx_(open_socket(AF_PACKET, SOCK_RAW, 0)),
      changes_(watch_links()),
      interface_(find_interface(tx_.get(), address)) {
  // Protocol 0: this one receives nothing.
  bind_to(tx_.get(), interface_.index, 0);
  constexpr int kOn = 1;
  // Past the queueing discipline: a port has a queue of its own.
  setsockopt(tx_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &kOn, sizeof(kOn));
  if (address.promiscuous) join(true, PACKET_MR_PROMISC);
}

void PacketDevice::bind_rx() {
  bind_to(rx_.get(), interface_.index, ETH_P_ALL);
}

std::optional<Interface> PacketDevice::look() {
  auto found = look_at(tx_.get(), interface_.index);
  if (!found) present_.store(false, std::memory_order_relaxed);
  return found;
}

void PacketDevice::join(bool member, int type, const MacAddress& mac) {
  packet_mreq request{};
  request.mr_ifindex = interface_.index;
  request.mr_type = static_cast<uint16_t>(type);
  request.mr_alen = static_cast<uint16_t>(mac.size());
  std::memcpy(request.mr_address, mac.data(), mac.size());
  const int option = member ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
  if (setsockopt(rx_.get(), SOL_PACKET, option, &request, sizeof(request)) == 0) return;
  throw Error(ErrorCode::kPeerRefused,
              "the kernel refused to change what the interface receives: " + errno_text(errno),
              "see net.core.optmem_max for the number of addresses")
      .from("setsockopt", errno);
}

FrameLosses PacketDevice::losses() const {
  const std::lock_guard lock(mutex_);
  tpacket_stats counts{};
  socklen_t size = sizeof(counts);
  if (getsockopt(rx_.get(), SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0) missed_ += counts.tp_drops;
  return {.rx_missed = missed_, .rx_filtered = std::nullopt, .tx_undelivered = std::nullopt};
}

}  // namespace pmd::packet
