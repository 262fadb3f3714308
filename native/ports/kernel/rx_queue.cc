#include "ports/kernel/rx_queue.h"

#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/checksum.h"
#include "net/frame.h"
#include "util/descriptors.h"
#include "util/error.h"

namespace pmd::kernel {

namespace {

/// What the kernel's stack passes on in one piece at most, and room for tags.
constexpr uint32_t kMaxLarge = 256 * 1024;
/// Frames that one call may drop, so that it ends.
constexpr uint32_t kMostDrops = 1024;

UniqueFd make_wait_fd(int watched) {
  UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd) throw descriptor_error("cannot wait for frames", "epoll_create1", errno);
  epoll_event never{.events = EPOLLONESHOT, .data = {}};
  if (epoll_ctl(fd.get(), EPOLL_CTL_ADD, watched, &never) < 0)
    throw Error(ErrorCode::kInternal, "cannot wait for frames: " + errno_text(errno), "please report it")
        .from("epoll_ctl", errno);
  return fd;
}

/// Fills in a checksum that the sender's stack has left to its NIC; nothing when it would lie outside the
/// frame.
void complete_checksum(std::span<std::byte> frame, const VnetHeader& header) noexcept {
  const size_t begin = header.checksum_start, at = begin + header.checksum_offset;
  if (begin > frame.size() || at + 2 > frame.size()) return;
  uint16_t sum = static_cast<uint16_t>(~fold_sum(add_words(frame.subspan(begin))));
  if (sum == 0) sum = 0xFFFF;
  std::memcpy(&frame[at], &sum, sizeof(sum));
}

}  // namespace

KernelRxQueue::KernelRxQueue(int fd, PacketPool& pool, uint32_t max_frame)
    : fd_(fd), pool_(pool), max_frame_(max_frame), wait_(make_wait_fd(fd)), large_(kMaxLarge) {}

int32_t KernelRxQueue::receive(Burst& burst, uint32_t max) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const uint32_t first = burst.count();
  const uint32_t wanted = std::min(max, burst.capacity() - first);
  const uint32_t end = first + cache.prepare(wanted);
  uint32_t entry = first;
  for (uint32_t drops = 0; entry < end && drops < kMostDrops;) {
    if (!segmenter_.done()) {
      segmenter_.next(hand_on(burst, entry++, segmenter_.length(), segment_status_));
      continue;
    }
    const Taken taken = take(burst, entry);
    if (taken == Taken::kNothing) break;
    if (taken == Taken::kFrame) ++entry;
    if (taken == Taken::kDropped) ++drops;
  }
  if (entry == end && end < first + wanted && has_frame()) stats_.no_buffer.add(1);
  if (entry == first) {
    cache.reclaim();
    return 0;
  }
  burst.set_count(entry);
  if (burst.wants_more()) burst.describe(first, entry);
  stats_.packets.add(entry - first);
  return static_cast<int32_t>(entry - first);
}

bool KernelRxQueue::fits(size_t length, uint32_t tag) noexcept {
  if (length >= kMinFrame && length + tag <= max_frame_.load(std::memory_order_relaxed)) return true;
  (length < kMinFrame ? stats_.malformed : stats_.oversize).add(1);
  return false;
}

std::byte* KernelRxQueue::copy(Burst& burst, uint32_t entry, std::span<const std::byte> frame,
                               const VnetHeader& header, uint32_t status, uint32_t room) noexcept {
  const auto length = static_cast<uint32_t>(frame.size());
  std::byte* const to = hand_on(burst, entry, length + room, status) + room;
  std::memcpy(to, frame.data(), length);
  if (header.flags & VnetHeader::kNeedsChecksum) complete_checksum({to, length}, header);
  return to;
}

size_t KernelRxQueue::read_large(VnetHeader& header) noexcept {
  const iovec parts[] = {{&header, sizeof(header)}, {large_.data(), large_.size()}};
  ssize_t got = 0;
  do got = readv(fd_, parts, std::size(parts));
  while (got < 0 && errno == EINTR);
  return got <= static_cast<ssize_t>(sizeof(header)) ? 0 : static_cast<size_t>(got) - sizeof(header);
}

/// Gives the entry a fresh buffer of the thread's, and returns where its frame goes.
std::byte* KernelRxQueue::hand_on(Burst& burst, uint32_t entry, uint32_t length, uint32_t status) noexcept {
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

KernelRxQueue::Taken KernelRxQueue::cut(size_t length, const VnetHeader& header, uint32_t status,
                                        uint32_t tag) noexcept {
  segment_status_ = status;
  if (!segmenter_.begin(std::span(large_).first(length), header.gso_size))
    stats_.oversize.add(1);
  else if (fits(segmenter_.length(), tag))
    return Taken::kSegments;
  segmenter_ = {};
  return Taken::kDropped;
}

bool KernelRxQueue::arm() noexcept {
  if (!gate_.try_enter()) return false;
  const GatePass pass(gate_);
  if (!segmenter_.done() || has_frame()) return false;
  epoll_event once{.events = EPOLLIN | EPOLLONESHOT, .data = {}};
  epoll_ctl(wait_.get(), EPOLL_CTL_MOD, fd_, &once);
  return !has_frame();
}

uint32_t KernelRxQueue::count_ready() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  return !segmenter_.done() || has_frame() ? 1 : 0;
}

void KernelRxQueue::take_event(int fd) noexcept {
  epoll_event event;
  epoll_wait(fd, &event, 1, 0);
}

}  // namespace pmd::kernel
