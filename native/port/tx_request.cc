#include "port/tx_request.h"

#include <span>

#include "net/fill_checksum.h"
#include "net/frame.h"

namespace pmd {

namespace {

constexpr uint32_t kFlags = 0xFFFF;
constexpr uint32_t kChecksums = tx_request::kIpChecksum | tx_request::kL4Checksum;

/// One entry, read once: JavaScript may write to it meanwhile.
struct Entry {
  uint32_t request;
  uint32_t buffer;
  uint32_t offset;
  uint32_t length;

  Entry(const Burst& burst, uint32_t i) noexcept
      : request(__atomic_load_n(&burst.tx_request()[i], __ATOMIC_RELAXED)),
        buffer(__atomic_load_n(&burst.index()[i], __ATOMIC_RELAXED)),
        offset(__atomic_load_n(&burst.offset()[i], __ATOMIC_RELAXED)),
        length(__atomic_load_n(&burst.length()[i], __ATOMIC_RELAXED)) {}
};

/// Whether the frame may be touched, and the request be carried out as far as its bits tell.
Refusal check(const Entry& entry, PoolCache& cache) noexcept {
  PacketPool& pool = cache.pool();
  if (entry.buffer >= pool.buffers() || owner::load(pool.owners()[entry.buffer]) != cache.id())
    return Refusal::kNotOwner;
  if (entry.length < kMinFrame || entry.offset + entry.length > pool.buffer_size())
    return Refusal::kFrameLength;
  if ((entry.request & kFlags & ~tx_request::kAll) != 0) return Refusal::kRequest;
  if ((entry.request & tx_request::kVlan) && entry.offset < kVlanTag) return Refusal::kRequest;
  return Refusal{};
}

/// False when the frame has no such checksum.
bool fill_checksums(const Entry& entry, const PacketPool& pool) noexcept {
  if ((entry.request & kChecksums) == 0) return true;
  const std::span frame(pool.buffer(entry.buffer) + entry.offset, entry.length);
  const Headers headers = parse_headers(frame, kMacAddresses);
  return (!(entry.request & tx_request::kIpChecksum) || fill_ip_checksum(frame, headers)) &&
         (!(entry.request & tx_request::kL4Checksum) || fill_l4_checksum(frame, headers));
}

/// Moves the addresses forward, into the headroom, and puts the tag behind them.
void insert_tag(Burst& burst, uint32_t i, const Entry& entry) noexcept {
  insert_vlan_tag(burst.cache().pool().buffer(entry.buffer) + entry.offset, kEtherTypeVlan,
                  static_cast<uint16_t>(entry.request >> tx_request::kTciShift));
  burst.offset()[i] = static_cast<uint16_t>(entry.offset - kVlanTag);
  burst.length()[i] = static_cast<uint16_t>(entry.length + kVlanTag);
}

}  // namespace

Refusal fulfil_requests(Burst& burst, uint32_t count, uint32_t& bad_entry) noexcept {
  PoolCache& cache = burst.cache();
  const bool chains = burst.has_chains();
  for (uint32_t i = 0; i < count; ++i) {
    const Entry entry(burst, i);
    if (entry.request == 0) continue;
    Refusal verdict = check(entry, cache);
    // A checksum over several buffers is not computed here.
    const bool whole = !chains || !(burst.goes_on_after(i) || (i > 0 && burst.goes_on_after(i - 1)));
    const bool can = whole || !(entry.request & tx_request::kL4Checksum);
    if (verdict == Refusal{} && !(can && fill_checksums(entry, cache.pool()))) verdict = Refusal::kRequest;
    if (verdict == Refusal{}) continue;
    bad_entry = i;
    return verdict;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const Entry entry(burst, i);
    if (entry.request == 0) continue;
    if ((entry.request & tx_request::kVlan) && check(entry, cache) == Refusal{}) insert_tag(burst, i, entry);
    burst.tx_request()[i] = 0;
  }
  return Refusal{};
}

}  // namespace pmd
