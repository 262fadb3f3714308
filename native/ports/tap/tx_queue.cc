#include "ports/tap/tx_queue.h"

#include <algorithm>
#include <cerrno>

#include "net/frame.h"
#include "ports/kernel/tx_header.h"

namespace pmd::tap {

TapTxQueue::TapTxQueue(int fd, PacketPool& pool, uint32_t max_frame)
    : CopyingTxQueue(
          pool,
          {.max_frame = max_frame, .pad_to = kMinFrameOnWire, .cuts = true, .most_entries = IOV_MAX - 1}),
      fd_(fd) {
  parts_[0] = {.iov_base = &header_, .iov_len = sizeof(header_)};
}

/// The kernel takes none when the interface is down, or has too many.
size_t TapTxQueue::transmit(const Burst&, Frames frames, Refusal&) noexcept {
  const auto stays = [this](const TxGatherer::Frame& frame) {
    header_ = kernel::header_for(frame);
    return !write(frame.parts);
  };
  return static_cast<size_t>(std::ranges::find_if(frames, stays) - frames.begin());
}

bool TapTxQueue::write(std::span<const iovec> frame) noexcept {
  std::ranges::copy(frame, parts_.begin() + 1);
  const auto parts = static_cast<int>(frame.size() + 1);
  ssize_t went = 0;
  do went = writev(fd_, parts_.data(), parts);
  while (went < 0 && errno == EINTR);
  return went > 0;
}

}  // namespace pmd::tap
