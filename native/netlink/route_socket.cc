#include "netlink/route_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "netlink/attributes.h"
#include "util/descriptors.h"
#include "util/error.h"

namespace pmd::netlink {

namespace {

/// The longest message that we accept. A message lists one interface's attributes, of 64 KiB at most each.
constexpr size_t kMostBytes = size_t{1} << 20;
/// The only request on its socket.
constexpr uint32_t kSequence = 1;

[[noreturn]] void throw_failure(const char* call, int err) {
  if (lacks_descriptor(err)) throw descriptor_error("cannot make a socket", call, err);
  throw Error(ErrorCode::kInternal, "cannot ask the kernel for its interfaces: " + errno_text(err),
              "a sandbox may refuse sockets of AF_NETLINK: allow them")
      .from(call, err);
}

int error_in(std::span<const std::byte> body) noexcept {
  const auto error = read<int>(body);  // negative, at the start of both kinds of message
  return error && *error < 0 ? -*error : 0;
}

/// The next datagram whole, however long it is.
std::vector<std::byte> receive(int fd) {
  std::byte probe;
  ssize_t size;
  do {
    size = recv(fd, &probe, 0, MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) throw_failure("recv", errno);
  std::vector<std::byte> bytes(std::min(static_cast<size_t>(size), kMostBytes));
  size = recv(fd, bytes.data(), bytes.size(), 0);
  if (size < 0) throw_failure("recv", errno);
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

}  // namespace

UniqueFd open_route_socket(uint32_t groups, int flags) noexcept {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE));
  if (!fd) return fd;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  const int err = errno;
  fd.reset();
  errno = err;
  return fd;
}

std::optional<int> read_messages(std::span<const std::byte> bytes, uint32_t sequence, const Visitor& visit) {
  while (const auto header = read<nlmsghdr>(bytes)) {
    if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > bytes.size()) return 0;
    const auto body = bytes.subspan(sizeof(*header), header->nlmsg_len - sizeof(*header));
    if (header->nlmsg_seq == sequence) {
      if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) return error_in(body);
      visit(header->nlmsg_type, body);
    }
    bytes = bytes.subspan(std::min<size_t>(NLMSG_ALIGN(header->nlmsg_len), bytes.size()));
  }
  return std::nullopt;
}

void dump(nlmsghdr& request, const Visitor& visit) {
  const UniqueFd fd = open_route_socket();
  if (!fd) throw_failure("socket", errno);
  request.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.nlmsg_seq = kSequence;
  if (send(fd.get(), &request, request.nlmsg_len, 0) < 0) throw_failure("send", errno);
  std::optional<int> outcome;
  while (!outcome) outcome = read_messages(receive(fd.get()), kSequence, visit);
  if (*outcome != 0) throw_failure("recv", *outcome);
}

}  // namespace pmd::netlink
