#include "port/tx_gatherer.h"

#include <algorithm>

#include "net/frame.h"
#include "port/tx_request.h"

namespace pmd {

namespace {

/// Of a frame that is to be cut: 64 KiB of IP, and what comes before.
constexpr uint32_t kMostBytesCut = UINT16_MAX + kMinFrame + 2 * kVlanTag;

}  // namespace

TxGatherer::TxGatherer(PacketPool& pool, const Limits& limits)
    : pool_(pool),
      max_frame_(limits.max_frame),
      pad_to_(limits.pad_to),
      cuts_(limits.cuts),
      most_entries_(limits.most_entries) {
  frames_.reserve(most_entries_);
  parts_.reserve(most_entries_);
  buffers_.reserve(most_entries_);
}

Refusal TxGatherer::take(Burst& burst, uint32_t count, uint32_t& bad_entry) noexcept {
  Refusal why{};
  const RequestLimits limits{.longest = max_frame_.load(std::memory_order_relaxed), .cuts = cuts_};
  if (burst.has_requests()) why = fulfil_requests(burst, count, limits, bad_entry);
  const bool chains = burst.has_chains();
  for (uint32_t i = 0; i < count && why == Refusal{};) {
    const uint32_t entries = chains ? burst.chain_length(i, count) : 1;
    if (entries <= most_entries_ && i + entries > most_entries_) break;
    why = take_frame(burst, i, entries, bad_entry);
    i += entries;
  }
  return why;
}

/// JavaScript may write to the burst meanwhile: each number is read once.
Refusal TxGatherer::take_frame(const Burst& burst, uint32_t first, uint32_t entries,
                               uint32_t& bad_entry) noexcept {
  bad_entry = first;
  if (entries > most_entries_) return Refusal::kFrameLength;
  const uint8_t self = burst.cache().id();
  const size_t begin = parts_.size();
  const uint32_t segment = cuts_ ? TxRequest(burst, first).segment : 0;
  const uint32_t longest = segment > 0 ? kMostBytesCut : max_frame_.load(std::memory_order_relaxed);
  uint32_t total = 0;
  for (uint32_t i = first; i < first + entries; ++i) {
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    const uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    bad_entry = i;
    if (buffer >= pool_.buffers() || owner::load(pool_.owners()[buffer]) != self) return Refusal::kNotOwner;
    const bool ends_short = segment == 0 && i + 1 == first + entries && total + length < pad_to_;
    const uint32_t padding = ends_short ? pad_to_ - total - length : 0;
    if (length == 0 || offset + length + padding > pool_.buffer_size()) return Refusal::kFrameLength;
    owner::store(pool_.owners()[buffer], owner::kDriver);
    buffers_.push_back(buffer);
    parts_.push_back({.iov_base = pool_.buffer(buffer) + offset, .iov_len = length + padding});
    total += length;
    if (i + 1 < first + entries) continue;
    if (total < kMinFrame || total > longest) return Refusal::kFrameLength;
    std::fill_n(pool_.buffer(buffer) + offset + length, padding, std::byte{0});
    total += padding;
  }
  frames_.push_back({std::span(parts_).subspan(begin), first, total, segment});
  return Refusal{};
}

TxGatherer::Settled TxGatherer::settle(PoolCache& cache, size_t sent) noexcept {
  Settled settled;
  for (const Frame& frame : std::span(frames_).first(sent)) {
    settled.entries += static_cast<uint32_t>(frame.parts.size());
    settled.bytes += frame.bytes;
  }
  for (uint32_t i = 0; i < buffers_.size(); ++i) {
    if (i < settled.entries)
      cache.push(buffers_[i]);
    else
      owner::store(pool_.owners()[buffers_[i]], cache.id());
  }
  cache.settle();
  clear();
  return settled;
}

void TxGatherer::clear() noexcept {
  frames_.clear();
  parts_.clear();
  buffers_.clear();
}

}  // namespace pmd
