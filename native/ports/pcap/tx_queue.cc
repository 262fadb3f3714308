#include "ports/pcap/tx_queue.h"

#include <chrono>
#include <span>

#include "port/tx_request.h"

namespace pmd::pcap {

namespace {

constexpr uint32_t kMinFrame = 14;  ///< an Ethernet header

uint64_t epoch_ns() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

PcapTxQueue::PcapTxQueue(PcapDevice& device, PacketPool& pool, uint32_t max_frame)
    : device_(device), pool_(pool), max_frame_(max_frame) {
  frames_.reserve(Burst::kMaxCapacity);
  parts_.reserve(Burst::kMaxCapacity);
  buffers_.reserve(Burst::kMaxCapacity);
}

int32_t PcapTxQueue::send(Burst& burst) noexcept {
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
  const Written written = why == Refusal{} ? write() : Written{};
  settle(cache, written.entries);
  if (why != Refusal{}) return refuse(why);
  stats_.packets.add(written.frames);
  if (written.entries < count) stats_.ring_full.add(1);
  burst.drop_front(written.entries, count);
  return static_cast<int32_t>(written.entries);
}

/// Makes a frame's buffers the driver's, or says why not. JavaScript may write to the burst meanwhile: each
/// number is read once.
Refusal PcapTxQueue::take(const Burst& burst, uint32_t first, uint32_t entries) noexcept {
  const auto begin = static_cast<uint32_t>(parts_.size());
  uint32_t total = 0;
  for (uint32_t i = first; i < first + entries; ++i) {
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    const uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    bad_entry_ = i;
    if (buffer >= pool_.buffers() || owner::load(pool_.owners()[buffer]) != burst.cache().id())
      return Refusal::kNotOwner;
    total += length;
    if (length == 0 || offset + length > pool_.buffer_size()) return Refusal::kFrameLength;
    owner::store(pool_.owners()[buffer], owner::kDriver);
    buffers_.push_back(buffer);
    parts_.emplace_back(pool_.buffer(buffer) + offset, length);
  }
  if (total < kMinFrame || total > max_frame_.load(std::memory_order_relaxed)) return Refusal::kFrameLength;
  const uint64_t time_ns =
      burst.timestamp() == nullptr ? 0 : __atomic_load_n(burst.timestamp() + first, __ATOMIC_RELAXED);
  if (const Writer* const writer = device_.writer(); writer != nullptr && time_ns > writer->latest_ns())
    return Refusal::kRequest;
  frames_.push_back({begin, entries, time_ns});
  return Refusal{};
}

/// Writes what was taken. Says how much is in the file now: less when the disk is full.
PcapTxQueue::Written PcapTxQueue::write() noexcept {
  const Written all{static_cast<uint32_t>(frames_.size()), static_cast<uint32_t>(parts_.size())};
  Writer* const writer = device_.writer();
  if (writer == nullptr) {
    device_.count_discarded(all.frames);
    return all;
  }
  if (failed()) return {};
  const uint64_t now = epoch_ns();
  Written flushed{}, added{};
  for (const Frame& frame : frames_) {
    const auto parts = std::span(parts_).subspan(frame.first, frame.entries);
    writer->add(frame.time_ns == 0 ? now : frame.time_ns, parts);
    added = {added.frames + 1, added.entries + frame.entries};
    if (writer->has_room()) continue;
    if (!writer->flush()) return fail(flushed);
    flushed = added;
  }
  if (writer->flush()) flushed = added;
  return flushed.frames == all.frames ? all : fail(flushed);
}

PcapTxQueue::Written PcapTxQueue::fail(Written written) noexcept {
  failed_.store(true, std::memory_order_release);
  device_.call_control();
  return written;
}

/// Gives what was written to the thread's cache, and the rest back to the burst.
void PcapTxQueue::settle(PoolCache& cache, uint32_t written_entries) noexcept {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < buffers_.size(); ++i) {
    if (i < written_entries) {
      cache.push(buffers_[i]);
      bytes += parts_[i].size();
    } else {
      owner::store(pool_.owners()[buffers_[i]], cache.id());
    }
  }
  cache.settle();
  stats_.bytes.add(bytes);
  frames_.clear();
  parts_.clear();
  buffers_.clear();
}

}  // namespace pmd::pcap
