#include <algorithm>
#include <cstring>

#include "net/frame.h"
#include "nic/igbvf/tx_ring.h"

// Frames that take more than one descriptor: chains, frames across pages, and what is requested for the first
// time.

namespace pmd::igbvf {

namespace {

/// Descriptors of data that a frame may take: QEMU's model drops longer ones.
constexpr uint32_t kMostSlots = 64;

}  // namespace

/// Writes the next frame, of so many entries, whatever it takes; or says why it is refused. No room left:
/// there was too little.
Refusal TxRing::write_special(const Burst& burst, uint32_t entries, Progress& at) noexcept {
  Frame frame;
  TxOffload offload;
  const uint32_t before = at.entries;
  Refusal verdict = take_frame(burst, at.entries, entries, frame, offload);
  if (verdict == Refusal{})
    verdict = offload.is_cut_here ? write_segments(frame, at) : write_frame(frame, offload, at);
  if (at.entries == before)
    for (uint32_t i = 0; i < frame.count; ++i) owner::store(owners_[frame.pieces[i].buffer], cache()->id());
  return verdict;
}

/// Writes a frame that the device sends.
Refusal TxRing::write_frame(Frame& frame, const TxOffload& offload, Progress& at) noexcept {
  const TxContexts::Place context = contexts_.find(offload);
  frame.slots += !context.is_loaded;
  if (frame.slots > at.room) {
    at.room = 0;
    return Refusal{};
  }
  at.bytes += frame.bytes + (offload.command & igb::tx_cmd::VLE ? kVlanTag : 0);
  at.split += frame.slots - frame.count;
  at.joined += frame.count - 1;
  if (!context.is_loaded) load_context(offload.context, context.index, at);
  const uint32_t status = offload.status | context.index << igb::tx_status::kContextShift |
                          (frame.bytes - offload.headers) << igb::tx_status::kPayloadLengthShift;
  for (uint32_t i = 0; i < frame.count; ++i)
    write_piece(frame.pieces[i], kData | offload.command, status, at);
  ring_.descriptors[(at.slot - 1) & ring_.mask()].cmd_type_length |= igb::tx_cmd::EOP;
  at.entries += frame.count;
  at.unreported += frame.count;
  if (offload.any()) {
    contexts_.use(context.index);
    if (frame.count == 1) stream_.learn(frame.request, offload, context.index);
  }
  return Refusal{};
}

/// Cuts a frame that the device does not, into buffers of the pool. It is the only one of its send: buffers
/// that are not the burst's can't be given back to it when a later frame is refused.
Refusal TxRing::write_segments(const Frame& frame, Progress& at) noexcept {
  const uint32_t room = at.room;
  at.room = 0;
  if (at.entries > 0) return Refusal{};
  std::array<iovec, kMostPieces> parts;
  for (uint32_t i = 0; i < frame.count; ++i)
    parts[i] = {pool_.region()->data() + frame.pieces[i].position, frame.pieces[i].length};
  const uint32_t bytes = frame.bytes, payload = frame.request.segment;
  if (!cutter_.begin(std::span(parts).first(frame.count), payload)) return Refusal::kRequest;
  const uint32_t longest = cutter_.length();
  const uint32_t count = longest < bytes ? segments(bytes - (longest - payload), payload) : 1;
  const uint32_t slots = count * ((pool_.buffer_size() - 2) / page_size_ + 2);
  if (longest > pool_.data_room() || slots > ring_.mask()) return Refusal::kFrameLength;
  PoolCache& cache = *this->cache();
  if (slots > room || cache.prepare(count) < count) return Refusal{};
  const uint32_t tag = frame.request.wants(tx_request::kVlan) ? kVlanTag : 0;
  const uint32_t begin = at.slot;
  uint32_t written = 0;
  for (; !cutter_.done(); ++written) write_segment(cache.pop(), tag, frame.request.tci(), at);
  for (uint32_t i = 0; i < frame.count; ++i) cache.push(frame.pieces[i].buffer);
  cache.settle();
  holding_.add(written - frame.count);
  at.split += ((at.slot - begin) & ring_.mask()) - written;
  at.joined += frame.count - 1;
  at.entries += frame.count;
  at.unreported += frame.count;
  at.room = 0;
  return Refusal{};
}

void TxRing::write_segment(uint32_t buffer, uint32_t tag, uint16_t tci, Progress& at) noexcept {
  const uint32_t position = buffer * pool_.stride() + kHeadroom;
  std::byte* const segment = pool_.region()->data() + position;
  const uint32_t length = cutter_.length();
  cutter_.next(segment);
  if (tag != 0) insert_vlan_tag(segment, kEtherTypeVlan, tci);
  const uint32_t padded = std::max(length + tag, kMinFrameOnWire);
  std::memset(segment + length, 0, padded - length - tag);
  write_piece({.buffer = buffer, .length = padded, .position = position - tag}, kData,
              padded << igb::tx_status::kPayloadLengthShift, at);
  ring_.descriptors[(at.slot - 1) & ring_.mask()].cmd_type_length |= igb::tx_cmd::EOP;
  at.bytes += padded;
}

/// Reads a frame and what it requests, and makes its buffers the driver's; the caller gives them back when it
/// is refused.
Refusal TxRing::take_frame(const Burst& burst, uint32_t first, uint32_t entries, Frame& frame,
                           TxOffload& offload) noexcept {
  const TxRequest request = frame.request = TxRequest(burst, first);
  const uint32_t tag = request.wants(tx_request::kVlan) ? kVlanTag : 0;
  const uint32_t longest = max_frame_.load(std::memory_order_relaxed);
  // Of a frame that is cut, padding would become payload.
  const uint32_t pad_to = request.segment > 0 ? 0 : kMinFrameOnWire - tag;
  const Refusal verdict = take_pieces(burst, first, entries, pad_to, frame);
  bad_entry_ = first + std::min(frame.count, entries - 1);
  if (verdict != Refusal{}) return verdict;
  if (request.any()) {
    bad_entry_ = first;
    const Piece& head = frame.pieces[0];
    const uint32_t bytes = frame.bytes - frame.padding;
    const std::span begin(pool_.region()->data() + head.position, std::min(head.length, bytes));
    offload.is_cut_here = !offloads_ && request.segment != 0;
    const TxFrame whole{.head = begin, .bytes = bytes, .longest = longest};
    const Refusal why = offloads_ ? plan_offload(request, whole, offload) : Refusal{};
    if (why != Refusal{}) return why;
  }
  if (offload.is_cut_here) return Refusal{};
  const bool is_cut = offload.headers != 0;
  const bool fits = frame.bytes >= kMinFrame && (is_cut || frame.bytes + tag <= longest);
  return fits && frame.slots < std::min(ring_.mask(), kMostSlots) ? Refusal{} : Refusal::kFrameLength;
}

/// Reads a frame's entries, once.
Refusal TxRing::take_pieces(const Burst& burst, uint32_t first, uint32_t entries, uint32_t pad_to,
                            Frame& frame) noexcept {
  if (entries > kMostPieces) return Refusal::kFrameLength;
  for (; frame.count < entries; ++frame.count) {
    const uint32_t i = first + frame.count;
    const uint32_t buffer = __atomic_load_n(burst.index() + i, __ATOMIC_RELAXED);
    const uint32_t offset = __atomic_load_n(burst.offset() + i, __ATOMIC_RELAXED);
    uint32_t length = __atomic_load_n(burst.length() + i, __ATOMIC_RELAXED);
    if (buffer >= pool_.buffers() || owner::load(owners_[buffer]) != cache()->id()) return Refusal::kNotOwner;
    const uint64_t position = uint64_t{buffer} * pool_.stride() + offset;
    const uint32_t bytes = frame.bytes + length;
    if (frame.count == entries - 1 && bytes < pad_to && bytes >= kMinFrame) {
      if (offset + length + pad_to - bytes > pool_.buffer_size()) return Refusal::kFrameLength;
      frame.padding = pad_to - bytes;
      std::memset(pool_.region()->data() + position + length, 0, frame.padding);
      length += frame.padding;
    }
    if (length == 0 || offset + length > pool_.buffer_size()) return Refusal::kFrameLength;
    owner::store(owners_[buffer], owner::kDriver);
    frame.pieces[frame.count] = {.buffer = buffer, .length = length, .position = position};
    frame.bytes += length;
    frame.slots += static_cast<uint32_t>((position + length - 1) / page_size_ - position / page_size_) + 1;
  }
  return Refusal{};
}

/// Has the device keep a context for the frames that follow.
void TxRing::load_context(uint64_t context, uint32_t index, Progress& at) noexcept {
  ring_.descriptors[at.slot] = context_descriptor(context, index);
  buffers_[at.slot] = kNoBuffer;
  at.slot = (at.slot + 1) & ring_.mask();
  --at.room;
  contexts_.load(index, context);
}

/// Writes what lies in one buffer, a descriptor for each page: QEMU's model maps a descriptor's bytes in one
/// piece, and drops the frame in silence when they are not contiguous behind the IOMMU. What stays within a
/// page always is.
void TxRing::write_piece(Piece piece, uint32_t command, uint32_t status, Progress& at) noexcept {
  for (;;) {
    const uint32_t to_page_end = page_size_ - (static_cast<uint32_t>(piece.position) & (page_size_ - 1));
    const uint32_t length = std::min(piece.length, to_page_end);
    ring_.descriptors[at.slot] = {(pool_base_ + piece.position).value(), command | length, status};
    const bool is_last = length == piece.length;
    buffers_[at.slot] = is_last ? piece.buffer : kNoBuffer;
    at.slot = (at.slot + 1) & ring_.mask();
    --at.room;
    if (is_last) return;
    piece.position += length;
    piece.length -= length;
  }
}

/// Undoes what send() wrote for the entries before a bad one: the device has not been told of them.
int32_t TxRing::take_back(uint32_t end, PoolCache& cache, Refusal why) noexcept {
  for (uint32_t slot = tail_; slot != end; slot = (slot + 1) & ring_.mask())
    if (buffers_[slot] != kNoBuffer) owner::store(owners_[buffers_[slot]], cache.id());
  return refuse(why);
}

}  // namespace pmd::igbvf
