#include "ports/kernel/watched_interface.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "netlink/route_socket.h"
#include "util/descriptors.h"
#include "util/error.h"
#include "util/printable.h"

namespace pmd::kernel {

namespace {

UniqueFd watch_links() {
  UniqueFd fd = netlink::open_route_socket(RTMGRP_LINK, SOCK_NONBLOCK);
  if (fd) return fd;
  const int err = errno;
  if (lacks_descriptor(err)) throw descriptor_error("cannot make a socket", "socket", err);
  throw Error(ErrorCode::kInternal, "cannot watch the interfaces: " + errno_text(err), "please report it")
      .from("socket", err);
}

Interface find_interface(int any_socket, const std::string& name) {
  const auto found = look_at(any_socket, index_of(any_socket, name));
  if (!found) {
    std::string names;
    for (const std::string& other : interface_names()) names += (names.empty() ? "" : ", ") + other;
    throw Error(ErrorCode::kNoDevice, "there is no network interface " + printable(name),
                names.empty() ? "this network namespace has none" : "there are " + printable(names));
  }
  if (!found->is_ethernet)
    throw Error(ErrorCode::kUnsupportedDevice, name + " carries no Ethernet frames",
                "use an Ethernet interface, a bridge or a veth");
  return *found;
}

}  // namespace

WatchedInterface::WatchedInterface(const std::string& name)
    : changes_(watch_links()), interface_(find_interface(changes_.get(), name)) {}

void WatchedInterface::require_name(const std::string& now) const {
  if (now != interface_.name)
    throw Error(ErrorCode::kRemoved, "the interface " + interface_.name + " is called " + now + " now");
}

void WatchedInterface::require_mtu(uint32_t mtu) const {
  const auto now = look();
  if (!now || now->mtu >= mtu) return;
  throw Error(ErrorCode::kPeerRefused,
              "the interface " + now->name + " has an MTU of " + std::to_string(now->mtu),
              "ip link set " + now->name + " mtu " + std::to_string(mtu));
}

}  // namespace pmd::kernel
