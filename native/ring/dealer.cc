#include "ring/dealer.h"

#include <array>

#include "net/flow_hash.h"
#include "net/frame.h"

namespace pmd {

namespace {

constexpr uint32_t kVlanMask = 0xfff;
constexpr uint32_t kNoVlan = 0x1000;

/// The bytes of an entry; none where it lies outside of its buffer.
std::span<const std::byte> bytes_of(const Burst& burst, uint32_t i) noexcept {
  const PacketPool& pool = burst.cache().pool();
  const uint32_t buffer = __atomic_load_n(&burst.index()[i], __ATOMIC_RELAXED);
  const uint32_t offset = __atomic_load_n(&burst.offset()[i], __ATOMIC_RELAXED);
  const uint32_t length = __atomic_load_n(&burst.length()[i], __ATOMIC_RELAXED);
  if (buffer >= pool.buffers() || offset + length > pool.buffer_size()) return {};
  return {pool.buffer(buffer) + offset, length};
}

uint32_t vlan_of(const Burst& burst, uint32_t i) noexcept {
  const uint32_t status = __atomic_load_n(&burst.status()[i], __ATOMIC_RELAXED);
  if (status & rx_flag::kVlan) return status >> rx_flag::kTciShift & kVlanMask;
  const auto frame = bytes_of(burst, i);
  if (frame.size() < kMacAddresses + 4) return kNoVlan;
  const auto byte = [&](size_t at) { return std::to_integer<uint32_t>(frame[kMacAddresses + at]); };
  const uint32_t type = byte(0) << 8 | byte(1);
  if (type != 0x8100 && type != 0x88a8) return kNoVlan;
  return (byte(2) << 8 | byte(3)) & kVlanMask;
}

void copy_entry(Burst& to, uint32_t at, const Burst& from, uint32_t i) noexcept {
  to.index()[at] = __atomic_load_n(&from.index()[i], __ATOMIC_RELAXED);
  to.status()[at] = __atomic_load_n(&from.status()[i], __ATOMIC_RELAXED);
  to.length()[at] = __atomic_load_n(&from.length()[i], __ATOMIC_RELAXED);
  to.offset()[at] = __atomic_load_n(&from.offset()[i], __ATOMIC_RELAXED);
}

}  // namespace

void Dealer::by_flow(const Burst& burst, uint32_t lanes, std::span<uint32_t> targets) noexcept {
  const uint32_t count = burst.count();
  for (uint32_t i = 0; i < count; ++i) targets[i] = flow_hash(bytes_of(burst, i)) % lanes;
}

void Dealer::by_tag(const Burst& burst, uint32_t lanes, std::span<uint32_t> targets) noexcept {
  const uint32_t count = burst.count();
  for (uint32_t i = 0; i < count; ++i) targets[i] = vlan_of(burst, i) % lanes;
}

void Dealer::deal(Burst& burst, std::span<Lane> lanes, std::span<const uint32_t> targets) noexcept {
  const uint32_t count = burst.count();
  const bool chains = burst.has_chains();
  std::array<uint32_t, kMaxLanes> counts{};
  uint32_t kept = 0, target = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const bool goes_on = chains && i > 0 && burst.goes_on_after(i - 1);
    if (!goes_on) target = __atomic_load_n(&targets[i], __ATOMIC_RELAXED);
    if (target < lanes.size())
      copy_entry(*lanes[target].burst, counts[target]++, burst, i);
    else
      burst.index()[kept++] = __atomic_load_n(&burst.index()[i], __ATOMIC_RELAXED);
  }
  burst.set_count(kept);
  burst.abandon();
  for (size_t k = 0; k < lanes.size(); ++k) {
    Lane& lane = lanes[k];
    lane.burst->set_has_chains(chains);
    lane.burst->set_count(counts[k]);
    if (counts[k] > 0 && lane.to != nullptr) lane.to->send(*lane.burst);
    lane.dropped = lane.burst->count();
    lane.burst->abandon();
  }
}

}  // namespace pmd
