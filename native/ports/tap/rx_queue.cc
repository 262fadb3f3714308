#include "ports/tap/rx_queue.h"

#include <poll.h>

namespace pmd::tap {

bool TapRxQueue::has_frame() noexcept {
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  return poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN);
}

TapRxQueue::Taken TapRxQueue::take(Burst& burst, uint32_t entry) noexcept {
  kernel::VnetHeader header;
  const size_t length = read_large(header);
  if (length == 0) return Taken::kNothing;
  if (header.gso_type != kernel::VnetHeader::kWhole) return cut(length, header, 0, 0);
  if (!fits(length, 0)) return Taken::kDropped;
  copy(burst, entry, large().first(length), header, 0);
  return Taken::kFrame;
}

}  // namespace pmd::tap
