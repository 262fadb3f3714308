#include "emulation/devices/igbvf/rx_path.h"

#include <cstring>

#include "net/frame.h"

namespace pmd::emulation {

namespace {
namespace rxs = igb::rx_status;

constexpr std::byte kZeros[kMinFrameOnWire]{};
}  // namespace

void RxPath::clear_ring() noexcept {
  ring_.clear();
  srrctl_ = 0;
  drop_count_ = 0;
}

void RxPath::report_stray() noexcept {
  auto* ring = reinterpret_cast<igb::RxDescriptor*>(ring_.descriptors(dma_));
  const uint32_t slot = ring_.tail();
  if (!ready() || ring == nullptr || slot >= ring_.size()) return;
  write_back(ring[slot], RxReport{rxs::DD | rxs::EOP}, kMinFrameOnWire, 0);
}

void RxPath::spoil(uint32_t& status, uint16_t& length, uint16_t& tci) noexcept {
  const RxFault* fault = faults_.next_rx();
  if (fault == nullptr) return;
  status = (status & ~fault->clear) | fault->set;
  length = fault->length.value_or(length);
  tci = fault->tci.value_or(tci);
}

bool RxPath::deliver(const std::byte* frame, uint32_t length, uint64_t) noexcept {
  if (!ready()) {
    ++counters_.not_ready;
    return false;
  }
  // What was too short for the wire got its padding from the sender, before any filter and before the tag is
  // taken out, so a stripped frame may have 56 bytes.
  std::byte padded[kMinFrameOnWire];
  const bool has_header = length >= kMinFrame;
  if (has_header && length < kMinFrameOnWire) {
    std::memcpy(padded, frame, length);
    std::memcpy(padded + length, kZeros, kMinFrameOnWire - length);
    frame = padded;
    length = kMinFrameOnWire;
  }
  const auto verdict = has_header ? filter_.judge(frame, length) : RxFilter::Verdict::kRefuse;
  if (verdict != RxFilter::Verdict::kAccept) {
    ++counters_.filtered;
    if (verdict == RxFilter::Verdict::kTooLong) ++counters_.too_long;
    return false;
  }
  uint16_t tci = 0;
  uint32_t skipped = 0;
  if (filter_.vlan_strip() && vlan_tag(frame, length, tci)) skipped = kVlanTag;
  // The PF sets QDE for its VFs, so a frame without descriptors is dropped whatever DROP_EN says.
  if (ring_.pending() < buffers_for(length - skipped)) {
    count_no_descriptor();
    return false;
  }
  count_received(1, length);
  const MacAddress destination = mac_at(frame);
  if (is_multicast(destination) && destination != kBroadcast) ++statistics_.multicast_packets_received;
  RxReport report = report_of(frame, length, kMacAddresses + skipped);
  report.status |= rxs::EOP | (skipped != 0 ? rxs::VP : 0);
  store(frame, kMacAddresses, frame + kMacAddresses + skipped, length - kMacAddresses - skipped, report, tci);
  interrupts_.raise_receive(0);
  return true;
}

uint32_t RxPath::reserve(std::span<Place> places, uint32_t longest) noexcept {
  if (longest > buffer_size() || !filter_.fits(longest, false)) return 0;
  const uint32_t count = std::min(static_cast<uint32_t>(places.size()), ring_.pending());
  if (count == 0) return 0;
  const auto* ring = reinterpret_cast<const igb::RxDescriptor*>(ring_.descriptors(dma_));
  if (ring == nullptr) return 0;
  uint32_t index = ring_.head();
  for (Place& place : places.first(count)) {
    place.data = dma_.find(DmaUser::kReceive, ring[index].read.packet_address, longest);
    index = ring_.after(index);
  }
  return count;
}

void RxPath::commit(std::span<const Place> places) noexcept {
  auto* ring = reinterpret_cast<igb::RxDescriptor*>(ring_.descriptors(dma_));
  uint32_t index = ring_.head();
  uint64_t octets = 0;
  for (const Place& place : places) {
    octets += place.length;
    RxReport report;
    if (place.data != nullptr) report = report_of(place.data, place.length, kMacAddresses);
    report.status |= rxs::DD | rxs::EOP;
    write_back(ring[index], report, static_cast<uint16_t>(place.length), 0);
    index = ring_.after(index);
  }
  const auto count = static_cast<uint32_t>(places.size());
  ring_.advance(count);
  count_received(count, octets);
  interrupts_.raise_receive(0);
}

void RxPath::store(const std::byte* head, uint32_t head_length, const std::byte* rest, uint32_t rest_length,
                   const RxReport& report, uint16_t tci) noexcept {
  auto* ring = reinterpret_cast<igb::RxDescriptor*>(ring_.descriptors(dma_));
  if (ring == nullptr) return ring_.advance(1);
  // Every buffer holds the whole head: it is at least 1 KiB.
  uint32_t left = head_length + rest_length;
  while (left != 0) {
    igb::RxDescriptor& descriptor = ring[ring_.head()];
    const uint32_t length = std::min(left, buffer_size());
    std::byte* buffer = dma_.find(DmaUser::kReceive, descriptor.read.packet_address, length);
    const uint32_t body = length - head_length;
    if (buffer != nullptr) {
      std::memcpy(buffer, head, head_length);
      std::memcpy(buffer + head_length, rest, body);
    }
    rest += body;
    head_length = 0;
    left -= length;
    // Only the last descriptor says more than DD and how much is in its buffer (7.1.5.2).
    const bool last = left == 0;
    write_back(descriptor, last ? RxReport{report.status | rxs::DD, report.packet_info} : RxReport{rxs::DD},
               static_cast<uint16_t>(length), last ? tci : 0);
    ring_.advance(1);
  }
}

}  // namespace pmd::emulation
