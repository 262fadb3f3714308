#include "ports/packet/device.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "util/descriptors.h"
#include "util/error.h"

namespace pmd::packet {

namespace {

UniqueFd open_socket() {
  UniqueFd fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
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

}  // namespace

PacketDevice::PacketDevice(const Address& address)
    : Device({address.text, "packet", "af_packet"}),
      tx_(open_socket()),
      offload_(open_socket()),
      rx_(open_socket()),
      interface_(address.interface),
      has_blocks_(address.blocks) {
  // Protocol 0: this one receives nothing.
  bind_to(tx_.get(), interface_.found().index, 0);
  constexpr int kOn = 1;
  // Past the queueing discipline: a port has a queue of its own.
  setsockopt(tx_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &kOn, sizeof(kOn));
  // Not past the queueing discipline: there the kernel drops what the interface can't cut by itself.
  bind_to(offload_.get(), interface_.found().index, 0);
  setsockopt(offload_.get(), SOL_PACKET, PACKET_VNET_HDR, &kOn, sizeof(kOn));
  if (address.promiscuous) join(true, PACKET_MR_PROMISC);
}

void PacketDevice::bind_rx() {
  bind_to(rx_.get(), interface_.found().index, ETH_P_ALL);
}

std::optional<kernel::Interface> PacketDevice::look() {
  auto now = interface_.look();
  if (!now)
    present_.store(false, std::memory_order_relaxed);
  else
    interface_.require_name(now->name);
  return now;
}

void PacketDevice::join(bool member, int type, const MacAddress& mac) {
  packet_mreq request{};
  request.mr_ifindex = interface_.found().index;
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
