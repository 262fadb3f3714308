#include "ports/packet/rx_queue.h"

#include <linux/if_ether.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/checksum.h"
#include "net/frame.h"
#include "util/descriptors.h"
#include "util/error.h"

namespace pmd::packet {

namespace {

/// What the kernel's stack passes on in one piece at most, and room for tags.
constexpr uint32_t kMaxLarge = 256 * 1024;
/// Frames that one call may drop, so that it ends.
constexpr uint32_t kMostDrops = 1024;

UniqueFd make_wait_fd(int socket) {
  UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd) throw descriptor_error("cannot wait for a socket", "epoll_create1", errno);
  epoll_event never{.events = EPOLLONESHOT, .data = {}};
  if (epoll_ctl(fd.get(), EPOLL_CTL_ADD, socket, &never) < 0)
    throw Error(ErrorCode::kInternal, "cannot wait for a socket: " + errno_text(errno), "please report it");
  return fd;
}

/// Fills in a checksum that the sender's stack has left to its NIC, and which a veth passes on as it is;
/// nothing when it would lie outside the frame.
void complete_checksum(std::span<std::byte> frame, const VnetHeader& header) noexcept {
  const size_t begin = header.checksum_start, at = begin + header.checksum_offset;
  if (begin > frame.size() || at + 2 > frame.size()) return;
  uint16_t sum = static_cast<uint16_t>(~fold_sum(add_words(frame.subspan(begin))));
  if (sum == 0) sum = 0xFFFF;
  std::memcpy(&frame[at], &sum, sizeof(sum));
}

/// The type of the tag that the kernel took out of a frame; 0: it took none.
uint16_t stripped_tag(const tpacket2_hdr& slot, uint32_t status) noexcept {
  if (!(status & TP_STATUS_VLAN_VALID)) return 0;
  return status & TP_STATUS_VLAN_TPID_VALID ? slot.tp_vlan_tpid : uint16_t{ETH_P_8021Q};
}

/// What a burst's status says of it.
uint32_t tag_flags(uint16_t tag, const tpacket2_hdr& slot) noexcept {
  return tag == ETH_P_8021Q ? rx_flag::kVlan | uint32_t{slot.tp_vlan_tci} << rx_flag::kTciShift : 0;
}

}  // namespace

PacketRxQueue::PacketRxQueue(int fd, PacketPool& pool, uint32_t slots, uint32_t max_frame)
    : pool_(pool),
      fd_(fd),
      max_frame_(max_frame),
      ring_(fd, slots, max_frame),
      wait_(make_wait_fd(fd)),
      large_(kMaxLarge) {}

PacketRxQueue::~PacketRxQueue() = default;

int32_t PacketRxQueue::receive(Burst& burst, uint32_t max) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const uint32_t first = burst.count();
  const uint32_t wanted = std::min(max, burst.capacity() - first);
  const uint32_t end = first + cache.prepare(wanted);
  uint32_t entry = first;
  for (uint32_t drops = 0; entry < end && drops < kMostDrops;) {
    if (!segmenter_.done())
      take_segment(burst, entry++);
    else if (!ring_.is_filled())
      break;
    else if (const Taken taken = take(burst, entry); taken == Taken::kFrame)
      ++entry;
    else if (taken == Taken::kDropped)
      ++drops;
  }
  if (entry == end && end < first + wanted && ring_.is_filled()) stats_.no_buffer.add(1);
  if (entry == first) {
    cache.reclaim();
    return 0;
  }
  burst.set_count(entry);
  if (burst.wants_more()) burst.describe(first, entry);
  stats_.packets.add(entry - first);
  return static_cast<int32_t>(entry - first);
}

/// Takes the frame in the ring's next slot, and gives the slot back.
PacketRxQueue::Taken PacketRxQueue::take(Burst& burst, uint32_t entry) noexcept {
  const tpacket2_hdr& slot = ring_.next();
  const auto* const bytes = reinterpret_cast<const std::byte*>(&slot) + slot.tp_mac;
  const uint32_t status = slot.tp_status, length = slot.tp_len;
  VnetHeader header;
  std::memcpy(&header, bytes - sizeof(header), sizeof(header));
  Taken taken = Taken::kDropped;
  if (slot.tp_snaplen < length) {
    if (status & TP_STATUS_COPY) {
      const auto frame = read_copy(header);
      taken = take_large(header, frame, slot);
    }
  } else if (header.gso_type != VnetHeader::kWhole && length <= large_.size()) {
    std::memcpy(large_.data(), bytes, length);
    taken = take_large(header, {large_.data(), length}, slot);
  } else if (length >= kMinFrame &&
             length + (stripped_tag(slot, status) != 0 ? kVlanTag : 0) <= max_frame()) {
    copy(burst, entry, slot, {bytes, length}, header);
    taken = Taken::kFrame;
  }
  if (taken == Taken::kDropped) (length < kMinFrame ? stats_.malformed : stats_.oversize).add(1);
  ring_.advance();
  return taken;
}

/// Copies a frame out of its slot. A tag that no NIC strips, as that of a service, goes back to where it was.
void PacketRxQueue::copy(Burst& burst, uint32_t entry, const tpacket2_hdr& slot,
                         std::span<const std::byte> frame, const VnetHeader& header) noexcept {
  const uint16_t tag = stripped_tag(slot, slot.tp_status);
  const bool goes_back = tag != 0 && tag != ETH_P_8021Q;
  const uint32_t flags = tag_flags(tag, slot);
  const auto length = static_cast<uint32_t>(frame.size());
  std::byte* const to = hand_on(burst, entry, goes_back ? length + kVlanTag : length, flags);
  std::byte* const whole = goes_back ? to + kVlanTag : to;
  std::memcpy(whole, frame.data(), length);
  if (header.flags & VnetHeader::kNeedsChecksum) complete_checksum({whole, length}, header);
  if (goes_back) insert_vlan_tag(whole, tag, slot.tp_vlan_tci);
}

/// The frame that did not fit its slot, from the socket's queue.
std::span<const std::byte> PacketRxQueue::read_copy(VnetHeader& header) noexcept {
  iovec parts[] = {{&header, sizeof(header)}, {large_.data(), large_.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  const ssize_t got = recvmsg(fd_, &message, MSG_DONTWAIT);
  if (got < static_cast<ssize_t>(sizeof(header))) return {};
  return {large_.data(), static_cast<size_t>(got) - sizeof(header)};
}

/// Begins to cut a frame that lies in large_, if its segments are no longer than the MTU allows. They all
/// have its tag; one that no NIC strips can't be given to them.
PacketRxQueue::Taken PacketRxQueue::take_large(const VnetHeader& header, std::span<const std::byte> frame,
                                               const tpacket2_hdr& slot) noexcept {
  const uint16_t tag = stripped_tag(slot, slot.tp_status);
  if (tag != 0 && tag != ETH_P_8021Q) return Taken::kDropped;
  segment_flags_ = tag_flags(tag, slot);
  if (!segmenter_.begin(frame, header.gso_size)) return Taken::kDropped;
  if (segmenter_.length() + (tag != 0 ? kVlanTag : 0) <= max_frame()) return Taken::kSegments;
  segmenter_ = {};
  return Taken::kDropped;
}

void PacketRxQueue::take_segment(Burst& burst, uint32_t entry) noexcept {
  segmenter_.next(hand_on(burst, entry, segmenter_.length(), segment_flags_));
}

/// Gives the entry a fresh buffer of the thread's, and returns where its frame goes.
std::byte* PacketRxQueue::hand_on(Burst& burst, uint32_t entry, uint32_t length, uint32_t status) noexcept {
  PoolCache& cache = burst.cache();
  const uint32_t buffer = cache.pop();
  owner::store(pool_.owners()[buffer], cache.id());
  burst.index()[entry] = buffer;
  burst.status()[entry] = status;
  burst.length()[entry] = static_cast<uint16_t>(length);
  burst.offset()[entry] = kHeadroom;
  stats_.bytes.add(length);
  return pool_.buffer(buffer) + kHeadroom;
}

bool PacketRxQueue::arm() noexcept {
  if (!gate_.try_enter()) return false;
  const GatePass pass(gate_);
  if (!segmenter_.done() || ring_.is_filled()) return false;
  epoll_event once{.events = EPOLLIN | EPOLLONESHOT, .data = {}};
  epoll_ctl(wait_.get(), EPOLL_CTL_MOD, fd_, &once);
  return !ring_.is_filled();
}

void PacketRxQueue::take_event() noexcept {
  epoll_event event;
  epoll_wait(wait_.get(), &event, 1, 0);
}

}  // namespace pmd::packet
