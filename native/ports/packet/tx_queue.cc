#include "ports/packet/tx_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "port/tx_request.h"

namespace pmd::packet {

namespace {
constexpr uint32_t kMinFrame = 14;  ///< an Ethernet header
constexpr uint32_t kPadTo = 60;
}  // namespace

PacketTxQueue::PacketTxQueue(int fd, PacketPool& pool, uint32_t max_frame)
    : fd_(fd), pool_(pool), max_frame_(max_frame) {
  messages_.reserve(Burst::kMaxCapacity);
  parts_.reserve(Burst::kMaxCapacity);  // messages point into it: it never moves
  buffers_.reserve(Burst::kMaxCapacity);
}

int32_t PacketTxQueue::send(Burst& burst) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const uint32_t count = burst.count();
  Refusal why{};
  if (burst.has_requests()) why = fulfil_requests(burst, count, bad_entry_);
  const bool chains = burst.has_chains();
  for (uint32_t i = 0; i < count && why == Refusal{};) {
    const uint32_t entries = chains ? burst.chain_length(i, count) : 1;
    why = take(burst, i, entries);
    i += entries;
  }
  const uint32_t frames = why == Refusal{} ? transmit(why) : 0;
  uint32_t entries = 0;
  for (uint32_t i = 0; i < frames; ++i) entries += static_cast<uint32_t>(messages_[i].msg_hdr.msg_iovlen);
  settle(cache, entries);
  stats_.packets.add(frames);
  if (why != Refusal{}) return refuse(why);
  if (entries < count) stats_.ring_full.add(1);
  burst.drop_front(entries, count);
  return static_cast<int32_t>(entries);
}

/// Makes a frame's buffers the driver's, and a message of it. JavaScript may write to the burst meanwhile:
/// each number is read once.
Refusal PacketTxQueue::take(const Burst& burst, uint32_t first, uint32_t entries) noexcept {
  const uint8_t self = burst.cache().id();
  uint32_t total = 0;
  for (uint32_t i = first; i < first + entries; ++i) {
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    bad_entry_ = i;
    if (buffer >= pool_.buffers() || owner::load(pool_.owners()[buffer]) != self) return Refusal::kNotOwner;
    total += length;
    uint32_t padding = 0;
    if (i + 1 == first + entries && total >= kMinFrame && total < kPadTo) padding = kPadTo - total;
    if (length == 0 || offset + length + padding > pool_.buffer_size()) return Refusal::kFrameLength;
    std::byte* const at = pool_.buffer(buffer) + offset;
    std::fill_n(at + length, padding, std::byte{0});
    length += padding;
    owner::store(pool_.owners()[buffer], owner::kDriver);
    buffers_.push_back(buffer);
    parts_.push_back({.iov_base = at, .iov_len = length});
  }
  if (total < kMinFrame || total > max_frame_.load(std::memory_order_relaxed)) return Refusal::kFrameLength;
  mmsghdr message{};
  message.msg_hdr.msg_iov = &parts_[parts_.size() - entries];
  message.msg_hdr.msg_iovlen = entries;
  messages_.push_back(message);
  return Refusal{};
}

/// Sends the messages. Returns how many the kernel took: fewer when its queue is full, or the link is down. A
/// frame that is too long for the interface is refused, if it is the first.
uint32_t PacketTxQueue::transmit(Refusal& why) noexcept {
  uint32_t sent = 0;
  const auto count = static_cast<uint32_t>(messages_.size());
  while (sent < count) {
    const int went = sendmmsg(fd_, &messages_[sent], count - sent, MSG_DONTWAIT);
    if (went > 0) {
      sent += static_cast<uint32_t>(went);
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

/// Gives what was sent to the thread's cache, and the rest back to the burst.
void PacketTxQueue::settle(PoolCache& cache, uint32_t sent_entries) noexcept {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < buffers_.size(); ++i) {
    if (i < sent_entries) {
      cache.push(buffers_[i]);
      bytes += parts_[i].iov_len;
    } else {
      owner::store(pool_.owners()[buffers_[i]], cache.id());
    }
  }
  cache.settle();
  stats_.bytes.add(bytes);
  messages_.clear();
  parts_.clear();
  buffers_.clear();
}

}  // namespace pmd::packet
