#include "emulation/devices/igbvf/tx_queue.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

namespace pmd::emulation {

namespace {

using igb::TxDescriptor;
namespace cmd = igb::tx_cmd;

constexpr uint32_t kContextMask = 0x7;

bool is_advanced(const TxDescriptor& descriptor) {
  return (descriptor.cmd_type_length & cmd::DEXT) != 0;
}
bool is_context(const TxDescriptor& descriptor) {
  return is_advanced(descriptor) && (descriptor.cmd_type_length & cmd::kDtypMask) == cmd::DTYP_CONTEXT;
}
uint32_t context_index(const TxDescriptor& descriptor) {
  return descriptor.olinfo_status >> igb::tx_status::kContextShift & kContextMask;
}
uint32_t length_of(const TxDescriptor& descriptor) {
  return descriptor.cmd_type_length & cmd::kLengthMask;
}

}  // namespace

void TxQueue::clear() noexcept {
  ring_.clear();
  write_back_ = 0;
  contexts_ = {};
  sent_ = 0;
}

void TxQueue::set_live(bool live) noexcept {
  ring_.set_live(live);
  if (live) return;
  known_ = 0;
  sent_ = 0;
  contexts_ = {};
}

TxQueue::Progress TxQueue::run(uint32_t budget, DmaTable& dma, TxCounters& counters, FrameSink& sink,
                               TimeSource& time) noexcept {
  Progress progress;
  uint32_t pending = ring_.pending();
  uint32_t known = std::exchange(known_, 0);
  if (pending == 0) return progress;
  // After the tail: when the doorbell rang is not known, but it was before this.
  const uint64_t now = time.now_ns();
  auto* ring = reinterpret_cast<TxDescriptor*>(ring_.descriptors(dma));
  if (ring == nullptr) {
    // Every descriptor fetch fails: the head moves on over nothing, as QEMU's does.
    dma.count_faults(pending - 1);
    counters.lost_to_faults += pending;
    ring_.advance(pending);
    progress.frames = pending;
    return progress;
  }
  while (pending != 0 && progress.frames < budget) {
    const Fetched fetched = fetch(ring, pending, dma);
    if (fetched.kind == Kind::kIncomplete) break;
    const uint64_t ready = fetched.descriptors <= known ? known_since_ns_ : now;
    if (fetched.kind == Kind::kFrame && !transmit(sink, ready, now)) {
      progress.stalled = true;
      break;
    }
    counters.malformed += fetched.kind == Kind::kMalformed;
    counters.lost_to_faults += fetched.kind == Kind::kFault;
    if (complete(ring, fetched.descriptors, dma, counters)) progress.reported = true;
    pending -= fetched.descriptors;
    known -= std::min(known, fetched.descriptors);
    progress.frames += fetched.kind != Kind::kContext;
  }
  known_ = pending;
  known_since_ns_ = now;
  return progress;
}

TxQueue::Fetched TxQueue::fetch(const TxDescriptor* ring, uint32_t pending, DmaTable& dma) noexcept {
  const TxDescriptor& first = ring[ring_.head()];
  if (is_context(first)) {
    const uint32_t index = context_index(first);
    if (index < contexts_.size()) contexts_[index] = TxContext(first);
    return {Kind::kContext, 1};
  }
  const uint32_t count = count_descriptors(ring, pending);
  if (count == 0) return {};
  Fetched frame = gather(ring, count, dma);
  if (frame.kind != Kind::kFrame) return frame;
  if (!prepare(first, {frame.data, frame.length})) frame.kind = Kind::kMalformed;
  return frame;
}

/// False for a frame that the descriptors do not fit.
bool TxQueue::prepare(TxDescriptor first, std::span<const std::byte> frame) noexcept {
  // Without IFCS the driver's own last four bytes would go out as the CRC, and the frame would die on the
  // wire.
  if (!(first.cmd_type_length & cmd::IFCS)) return false;
  if (!is_advanced(first)) {  // a legacy descriptor names no context and has no PAYLEN
    first.cmd_type_length &= ~cmd::TSE;
    first.olinfo_status = static_cast<uint32_t>(frame.size()) << igb::tx_status::kPayloadLengthShift;
    return packets_.begin(first, {}, frame);
  }
  if ((first.cmd_type_length & cmd::kDtypMask) != cmd::DTYP_DATA) return false;
  const uint32_t context = context_index(first);
  return packets_.begin(first, context < contexts_.size() ? contexts_[context] : TxContext{}, frame);
}

/// False when the sink took not all of the frame's packets: the next call goes on where this one stopped.
bool TxQueue::transmit(FrameSink& sink, uint64_t ready_ns, uint64_t now_ns) noexcept {
  for (; sent_ < packets_.count(); ++sent_) {
    const auto packet = packets_.packet(sent_);
    if (!sink.transmit(packet.data(), static_cast<uint32_t>(packet.size()), ready_ns, now_ns)) return false;
  }
  sent_ = 0;
  return true;
}

/// How many descriptors the next frame has; 0 while its end is still to come.
uint32_t TxQueue::count_descriptors(const TxDescriptor* ring, uint32_t pending) const noexcept {
  uint32_t index = ring_.head();
  for (uint32_t count = 1; count <= pending; ++count) {
    if (ring[index].cmd_type_length & cmd::EOP) return count;
    index = ring_.after(index);
  }
  return 0;
}

/// Puts the pieces of a frame together. A frame in one piece, which is nearly every one, stays where it is.
TxQueue::Fetched TxQueue::gather(const TxDescriptor* ring, uint32_t count, DmaTable& dma) noexcept {
  Fetched frame{count > kMaxSegments ? Kind::kMalformed : Kind::kFrame, count};
  assembled_length_ = 0;
  uint32_t index = ring_.head();
  for (uint32_t i = 0; i < count && frame.kind == Kind::kFrame; ++i) {
    const TxDescriptor& descriptor = ring[index];
    const uint32_t length = length_of(descriptor);
    index = ring_.after(index);
    if (length == 0 || is_context(descriptor)) {
      frame.kind = Kind::kMalformed;
      break;
    }
    const std::byte* data = dma.find(DmaUser::kTransmit, descriptor.address, length);
    if (data == nullptr) {
      frame.kind = Kind::kFault;
    } else if (count == 1) {
      frame.data = data;
      frame.length = length;
    } else if (!append(data, length)) {
      frame.kind = Kind::kMalformed;
    } else {
      frame.data = assembled_.get();
      frame.length = assembled_length_;
    }
  }
  return frame;
}

bool TxQueue::append(const std::byte* data, uint32_t length) noexcept {
  if (!assembled_) assembled_.reset(new std::byte[TxPackets::kMostUncut]);
  if (length > TxPackets::kMostUncut - assembled_length_) return false;
  std::memcpy(assembled_.get() + assembled_length_, data, length);
  assembled_length_ += length;
  return true;
}

/// Gives the descriptors back, with a report where RS asks for one; the others are left as they are (7.2.3).
/// Returns whether one was asked for.
bool TxQueue::complete(TxDescriptor* ring, uint32_t count, DmaTable& dma, TxCounters& counters) noexcept {
  bool reported = false;
  for (uint32_t i = 0; i < count; ++i) {
    TxDescriptor& descriptor = ring[ring_.head()];
    const bool report = (descriptor.cmd_type_length & cmd::RS) != 0;
    ring_.advance(1);
    if (!report) continue;
    reported = true;
    ++counters.report_status;
    // Release: whoever sees the report may reuse the buffers that were read before it.
    if (write_back_ & regs::tdwbal::HEAD_WB_ENABLE) {
      // Head write-back takes the place of DD (7.2.3.2).
      std::byte* where = dma.find(DmaUser::kRing, write_back_ & ~uint64_t{3}, sizeof(uint32_t));
      if (where == nullptr) continue;
      std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(where))
          .store(ring_.head(), std::memory_order_release);
    } else {
      std::atomic_ref<uint32_t>(descriptor.olinfo_status)
          .store(descriptor.olinfo_status | igb::tx_status::DD, std::memory_order_release);
    }
  }
  counters.descriptors += count;
  return reported;
}

}  // namespace pmd::emulation
