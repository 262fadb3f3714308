#include "programs/verified_checksums.h"

#include <array>

#include "net/fill_checksum.h"
#include "net/frame.h"
#include "programs/burst_frames.h"

namespace pmd {

namespace {

/// Parts behind a frame's first that are looked at: more than the longest frame has.
constexpr uint32_t kMostParts = 40;

uint32_t kinds_of(const Headers& headers) noexcept {
  using namespace rx_flag;
  uint32_t flags = 0;
  if (headers.network == Headers::Network::kIpv4) flags |= kIpv4;
  if (headers.network == Headers::Network::kIpv6) flags |= kIpv6;
  if (headers.transport == Headers::Transport::kTcp) flags |= kTcp;
  if (headers.transport == Headers::Transport::kUdp) flags |= kUdp;
  if (headers.transport == Headers::Transport::kSctp) flags |= kSctp;
  return flags;
}

uint32_t flag_of(Verdict verdict, uint32_t good, uint32_t bad) noexcept {
  return verdict == Verdict::kUnknown ? 0 : verdict == Verdict::kGood ? good : bad;
}

/// What is to be added to a status.
uint32_t flags_of(std::span<const std::byte> head, Rest rest, uint32_t status) noexcept {
  using namespace rx_flag;
  constexpr uint32_t kNetwork = kIpGood | kIpBad, kTransport = kL4Good | kL4Bad;
  if ((status & kNetwork) && (status & kTransport)) return 0;
  const Headers headers = parse_headers(head, kMacAddresses);
  const Verdicts verdicts = check_checksums(head, headers, rest);
  uint32_t flags = status & kChecks ? 0 : kinds_of(headers);
  if (!(status & kNetwork)) flags |= flag_of(verdicts.network, kIpGood, kIpBad);
  if (!(status & kTransport)) flags |= flag_of(verdicts.transport, kL4Good, kL4Bad);
  return flags;
}

}  // namespace

int32_t verify_checksums(const Burst& burst, uint32_t& bad_entry) noexcept {
  const BurstFrames frames(burst);
  const uint32_t count = burst.count();
  std::array<std::span<const std::byte>, kMostParts> rest;
  for (uint32_t i = 0; i < count;) {
    const uint32_t entries = burst.has_chains() ? burst.chain_length(i, count) : 1;
    std::span<const std::byte> head;
    for (uint32_t part = 0; part < entries; ++part) {
      bad_entry = i + part;
      std::span<const std::byte> bytes;
      if (const int32_t refused = frames.find(i + part, bytes); refused != 0) return refused;
      if (part == 0)
        head = bytes;
      else if (part <= kMostParts)
        rest[part - 1] = bytes;
    }
    const uint32_t parts = std::min(entries - 1, kMostParts);
    uint32_t& status = burst.status()[i];
    if (head.size() >= kMinFrame) status |= flags_of(head, std::span(rest).first(parts), status);
    i += entries;
  }
  return static_cast<int32_t>(count);
}

}  // namespace pmd
