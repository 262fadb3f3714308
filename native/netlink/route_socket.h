#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "util/unique_fd.h"

struct nlmsghdr;

namespace pmd::netlink {

/// A socket over which the kernel tells of its network interfaces. It hears of changes in `groups`
/// (RTMGRP_…). None when the process gets no socket: errno says why.
UniqueFd open_route_socket(uint32_t groups = 0, int flags = 0) noexcept;

/// Gets each message of an answer, without its header. Its `type` is the message's.
using Visitor = std::function<void(uint16_t type, std::span<const std::byte> message)>;

/// Passes the messages in bytes from a socket to `visit`. Returns nothing while more is to come; 0 when the
/// answer is complete, or goes no further because it is malformed; or the errno value that the kernel
/// reports.
std::optional<int> read_messages(std::span<const std::byte> bytes, uint32_t sequence, const Visitor& visit);

/// Sends a request that asks for a list, and passes the whole answer to `visit`. Throws Error(kDescriptors,
/// kInternal).
void dump(nlmsghdr& request, const Visitor& visit);

}  // namespace pmd::netlink
