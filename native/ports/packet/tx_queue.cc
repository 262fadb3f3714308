#include "ports/packet/tx_queue.h"

#include <algorithm>
#include <cerrno>

#include "net/frame.h"
#include "ports/kernel/tx_header.h"

namespace pmd::packet {

PacketTxQueue::PacketTxQueue(int fd, int offload_fd, PacketPool& pool, uint32_t max_frame)
    : CopyingTxQueue(pool, {.max_frame = max_frame, .pad_to = kMinFrameOnWire, .cuts = true}),
      fd_(fd),
      offload_fd_(offload_fd) {
  messages_.reserve(Burst::kMaxCapacity);
  parts_.reserve(Burst::kMaxCapacity + 1);
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
    if (frames[sent].segment > 0) {
      const int err = send_large(frames[sent]);
      if (err == 0) {
        ++sent;
        continue;
      }
      // It knows no such segments, or none of this length.
      if (sent == 0 && (err == EINVAL || err == EMSGSIZE)) {
        why = Refusal::kRequest;
        bad_entry_ = frames[0].first;
      }
      break;
    }
    const auto cut =
        std::find_if(frames.begin() + sent, frames.end(), [](auto& each) { return each.segment > 0; });
    const auto rest = static_cast<unsigned>(cut - frames.begin() - sent);
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

/// Returns 0, or the error's number.
int PacketTxQueue::send_large(const TxGatherer::Frame& frame) noexcept {
  kernel::VnetHeader header = kernel::header_for(frame);
  parts_.assign(1, {.iov_base = &header, .iov_len = sizeof(header)});
  parts_.insert(parts_.end(), frame.parts.begin(), frame.parts.end());
  msghdr message{};
  message.msg_iov = parts_.data();
  message.msg_iovlen = parts_.size();
  ssize_t went = 0;
  do went = sendmsg(offload_fd_, &message, MSG_DONTWAIT);
  while (went < 0 && errno == EINTR);
  return went < 0 ? errno : 0;
}

}  // namespace pmd::packet
