#include "ports/pcap/tx_queue.h"

#include <chrono>

namespace pmd::pcap {

namespace {

uint64_t epoch_ns() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

size_t PcapTxQueue::transmit(const Burst& burst, Frames frames, Refusal& why) noexcept {
  Writer* const writer = device_.writer();
  if (writer == nullptr) {
    device_.count_discarded(frames.size());
    return frames.size();
  }
  why = read_times(burst, frames, writer->latest_ns());
  return why != Refusal{} || failed() ? 0 : write(*writer, frames);
}

/// JavaScript may write to the burst meanwhile: each time is read once.
Refusal PcapTxQueue::read_times(const Burst& burst, Frames frames, uint64_t latest_ns) noexcept {
  const uint64_t* const times = burst.timestamp();
  for (size_t i = 0; i < frames.size(); ++i) {
    bad_entry_ = frames[i].first;
    times_ns_[i] = times == nullptr ? 0 : __atomic_load_n(times + frames[i].first, __ATOMIC_RELAXED);
    if (times_ns_[i] > latest_ns) return Refusal::kRequest;
  }
  return Refusal{};
}

/// Returns how many frames are in the file now: fewer when the disk is full.
size_t PcapTxQueue::write(Writer& writer, Frames frames) noexcept {
  const uint64_t now = epoch_ns();
  size_t flushed = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    const uint64_t time = times_ns_[i] == 0 ? now : times_ns_[i];
    if (frames[i].segment == 0)
      writer.add(time, frames[i].parts);
    else if (!write_segments(writer, time, frames[i]))
      return fail(flushed);
    if (writer.has_room()) continue;
    if (!writer.flush()) return fail(flushed);
    flushed = i + 1;
  }
  return writer.flush() ? frames.size() : fail(flushed);
}

/// False when the disk is full.
bool PcapTxQueue::write_segments(Writer& writer, uint64_t time_ns, const TxGatherer::Frame& frame) noexcept {
  cutter_.begin(frame.parts, frame.segment);
  while (!cutter_.done()) {
    const iovec part{.iov_base = segment_.data(), .iov_len = cutter_.length()};
    cutter_.next(segment_.data());
    writer.add(time_ns, {&part, 1});
    if (!writer.has_room() && !writer.flush()) return false;
  }
  return true;
}

size_t PcapTxQueue::fail(size_t written) noexcept {
  failed_.store(true, std::memory_order_release);
  device_.call_control();
  return written;
}

}  // namespace pmd::pcap
