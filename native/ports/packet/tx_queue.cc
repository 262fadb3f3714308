#include "ports/packet/tx_queue.h"

#include <cerrno>

#include "net/frame.h"

namespace pmd::packet {

PacketTxQueue::PacketTxQueue(int fd, PacketPool& pool, uint32_t max_frame)
    : CopyingTxQueue(pool, {.max_frame = max_frame, .pad_to = kMinFrameOnWire}), fd_(fd) {
  messages_.reserve(Burst::kMaxCapacity);
}

/// The kernel takes fewer when its queue is full, or the link is down. A frame that is too long for the
/// interface is refused, if it is the first.
size_t PacketTxQueue::transmit(const Burst&, Frames frames, Refusal& why) noexcept {
  messages_.clear();
  for (const TxGatherer::Frame& frame : frames) {
    mmsghdr message{};
    message.msg_hdr.msg_iov = const_cast<iovec*>(frame.parts.data());  // which sendmmsg() only reads
    message.msg_hdr.msg_iovlen = frame.parts.size();
    messages_.push_back(message);
  }
  size_t sent = 0;
  while (sent < frames.size()) {
    const auto rest = static_cast<unsigned>(frames.size() - sent);
    const int went = sendmmsg(fd_, &messages_[sent], rest, MSG_DONTWAIT);
    if (went > 0) {
      sent += static_cast<size_t>(went);
      continue;
    }
    if (went < 0 && errno == EINTR) continue;
    if (went < 0 && errno == EMSGSIZE && sent == 0) {
      why = Refusal::kFrameLength;
      bad_entry_ = 0;
    }
    break;
  }
  return sent;
}

}  // namespace pmd::packet
