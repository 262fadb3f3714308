#include "ports/pcap/rx_queue.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cstring>

#include "net/frame.h"
#include "util/clock.h"
#include "util/eventfd.h"

namespace pmd::pcap {

namespace {

/// Frames that one call may drop, so that it ends.
constexpr uint32_t kMostDrops = 1024;
constexpr uint64_t kBillion = 1'000'000'000;

}  // namespace

PcapRxQueue::PcapRxQueue(PcapDevice& device, PacketPool& pool, uint32_t max_frame)
    : device_(device),
      pool_(pool),
      reader_(device.reader()),
      loops_(device.address().loop),
      max_frame_(max_frame) {}

int32_t PcapRxQueue::receive(Burst& burst, uint32_t max) noexcept {
  if (!gate_.try_enter()) return refusal();
  const GatePass pass(gate_);
  PoolCache& cache = burst.cache();
  if (&cache != this->cache()) return refuse(Refusal::kPoolMismatch);
  const uint32_t first = burst.count();
  const uint32_t wanted = std::min(max, burst.capacity() - first);
  if (reader_ == nullptr || state_ != State::kReading || wanted == 0) return 0;
  const uint32_t end = first + cache.prepare(wanted);
  if (end < first + wanted) stats_.no_buffer.add(1);
  uint32_t entry = first;
  State next = State::kReading;
  for (uint32_t drops = 0; entry < end && drops < kMostDrops;) {
    const Step step = reader_->peek();
    if (step == Step::kEnd && loops_ && gave_any_) {
      begin_again();
      continue;
    }
    if (step != Step::kFrame) next = step == Step::kEnd ? State::kEnded : State::kFailed;
    if (step != Step::kFrame || !is_due()) break;
    take(burst, entry) ? ++entry : ++drops;
    reader_->advance();
  }
  // What is received with the last call is the application's before it hears of the end.
  if (entry == first) {
    if (next != State::kReading) finish(next);
    return 0;
  }
  burst.set_count(entry);
  if (burst.wants_more()) burst.describe(first, entry);
  if (burst.timestamp() != nullptr) std::copy_n(&times_[first], entry - first, burst.timestamp() + first);
  stats_.packets.add(entry - first);
  return static_cast<int32_t>(entry - first);
}

/// Copies the frame into a fresh buffer of the thread's; false when it is dropped.
bool PcapRxQueue::take(Burst& burst, uint32_t entry) noexcept {
  const auto& [bytes, time_ns] = reader_->frame();
  if (bytes.size() < kMinFrame || bytes.size() > max_frame_.load(std::memory_order_relaxed)) {
    (bytes.size() < kMinFrame ? stats_.malformed : stats_.oversize).add(1);
    return false;
  }
  PoolCache& cache = burst.cache();
  const uint32_t buffer = cache.pop();
  owner::store(pool_.owners()[buffer], cache.id());
  std::memcpy(pool_.buffer(buffer) + kHeadroom, bytes.data(), bytes.size());
  burst.index()[entry] = buffer;
  burst.status()[entry] = 0;
  burst.length()[entry] = static_cast<uint16_t>(bytes.size());
  burst.offset()[entry] = kHeadroom;
  times_[entry] = time_ns;
  gave_any_ = true;
  stats_.bytes.add(bytes.size());
  return true;
}

/// Whether the frame that was found may come now.
bool PcapRxQueue::is_due() noexcept {
  return device_.due_fd() < 0 || due_ns() <= monotonic_ns();
}

/// When the frame that was found is due: as long after the first one as it was captured after it, and never
/// before the one before it.
uint64_t PcapRxQueue::due_ns() noexcept {
  const uint64_t time = reader_->frame().time_ns;
  if (base_ns_ == 0) {
    base_ns_ = std::max(last_due_ns_, monotonic_ns());
    first_time_ns_ = time;
  }
  const uint64_t later = time > first_time_ns_ ? time - first_time_ns_ : 0;
  last_due_ns_ = std::max(last_due_ns_, base_ns_ + later);
  return last_due_ns_;
}

void PcapRxQueue::begin_again() noexcept {
  reader_->rewind();
  base_ns_ = 0;
}

void PcapRxQueue::finish(State state) noexcept {
  state_.store(state, std::memory_order_release);
  device_.call_control();
}

/// Without a file there is nothing to wait for, and at its end neither; else a frame is there, or due later.
bool PcapRxQueue::arm() noexcept {
  if (!gate_.try_enter()) return false;
  const GatePass pass(gate_);
  if (reader_ == nullptr || state_ != State::kReading) return true;
  if (reader_->peek() != Step::kFrame || is_due()) return false;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(last_due_ns_ / kBillion);
  when.it_value.tv_nsec = static_cast<long>(last_due_ns_ % kBillion);
  return timerfd_settime(device_.due_fd(), TFD_TIMER_ABSTIME, &when, nullptr) == 0;
}

uint32_t PcapRxQueue::count_ready() noexcept {
  if (!gate_.try_enter()) return 0;
  const GatePass pass(gate_);
  const bool reads = reader_ != nullptr && state_ == State::kReading;
  return reads && reader_->peek() == Step::kFrame && is_due() ? 1 : 0;
}

void PcapRxQueue::take_event(int fd) noexcept {
  drain_eventfd(fd);
}

}  // namespace pmd::pcap
