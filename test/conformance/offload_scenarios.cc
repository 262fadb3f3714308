#include <algorithm>
#include <cstring>

#include "net/segmenter.h"
#include "packets.h"
#include "port/tx_request.h"
#include "scenario.h"

// What a frame requests, whoever does it: the device, its model, or the library.

namespace pmd::conformance {

namespace {

namespace work = tx_request;

constexpr uint32_t kChecksums = work::kIpChecksum | work::kL4Checksum;
constexpr uint32_t kSegment = 1440;

struct Request {
  uint32_t work = 0;
  uint16_t segment = 0;
};

uint32_t tagging(uint16_t tci) {
  return work::kVlan | uint32_t{tci} << work::kTciShift;
}

/// Appends a frame, in as many buffers as it takes, and what it requests.
void put(Station& from, Burst& burst, const Bytes& frame, const Request& request) {
  const uint32_t room = from.cache().pool().data_room();
  const uint32_t first = burst.count();
  for (size_t at = 0; at < frame.size(); at += room) {
    const auto end = std::min(frame.size(), at + room);
    from.put(burst,
             Bytes(frame.begin() + static_cast<ptrdiff_t>(at), frame.begin() + static_cast<ptrdiff_t>(end)));
    burst.status()[burst.count() - 1] = end < frame.size() ? rx_flag::kMore : 0;
  }
  burst.tx_request()[first] = request.work;
  burst.segment_size()[first] = request.segment;
  if (burst.count() > first + 1) burst.set_has_chains(true);
}

Burst requesting(Station& from) {
  constexpr ColumnSet kColumns = set_of(Column::kTxRequest) | set_of(Column::kSegmentSize);
  return Burst(256, from.cache(), {.columns = kColumns});
}

void send_all(Station& from, Burst& burst) {
  expect(eventually([&] {
           const int32_t sent = from.tx().send(burst);
           if (sent < 0) throw Failure("refused: " + std::to_string(sent), std::source_location::current());
           return burst.count() == 0;
         }),
         "the ring takes the frames");
}

void send(Station& from, const Bytes& frame, const Request& request) {
  Burst burst = requesting(from);
  put(from, burst, frame, request);
  send_all(from, burst);
}

/// Takes frames that come from this sender, until there are so many.
std::vector<Received> collect(Station& from, Station& to, size_t count) {
  std::vector<Received> frames;
  const MacAddress sender = from.mac();
  expect(eventually([&] {
           Burst& burst = to.incoming();
           to.rx().receive(burst, burst.capacity());
           for (uint32_t i = 0; i < burst.count(); ++i) {
             const std::byte* data = to.cache().pool().buffer(burst.index()[i]) + burst.offset()[i];
             if (std::memcmp(data + 6, sender.data(), sender.size()) != 0) continue;
             frames.push_back({Bytes(data, data + burst.length()[i]), burst.status()[i], burst.index()[i]});
           }
           expect_equal(burst.release(), Burst::kNoEntry, "releasing");
           return frames.size() >= count;
         }),
         "all frames arrive: " + std::to_string(count));
  return frames;
}

/// The frame with nonsense for its checksums.
Bytes spoiled(Bytes frame, const PacketOptions& packet) {
  const size_t network = packet.tci ? 18 : 14;
  const size_t transport = network + (packet.ipv6 ? 40 : 20) + (!packet.extended ? 0 : packet.ipv6 ? 8 : 4);
  const auto ruin = [&](size_t at, size_t bytes) { std::fill_n(&frame[at], bytes, std::byte{0xA5}); };
  if (!packet.ipv6) ruin(network + 10, 2);
  if (packet.protocol == Protocol::kTcp) ruin(transport + 16, 2);
  if (packet.protocol == Protocol::kUdp) ruin(transport + 6, 2);
  if (packet.protocol == Protocol::kSctp) ruin(transport + 8, 4);
  return frame;
}

uint32_t checksums_of(const PacketOptions& packet) {
  return (packet.ipv6 ? 0 : work::kIpChecksum) | (packet.protocol == Protocol::kIcmp ? 0 : work::kL4Checksum);
}

const PacketOptions kPackets[] = {
    {},
    {.payload = 41},
    {.payload = 1},
    {.extended = true},
    {.tci = 0x6000},
    {.payload = 1472},
    {.protocol = Protocol::kTcp},
    {.protocol = Protocol::kTcp, .payload = 0},
    {.protocol = Protocol::kTcp, .extended = true, .payload = 999},
    {.protocol = Protocol::kSctp},
    {.protocol = Protocol::kSctp, .payload = 4},
    {.protocol = Protocol::kIcmp},
    {.ipv6 = true},
    {.ipv6 = true, .protocol = Protocol::kTcp},
    {.ipv6 = true, .protocol = Protocol::kTcp, .extended = true},
    {.ipv6 = true, .protocol = Protocol::kTcp, .tci = 0x6000},
    {.ipv6 = true, .protocol = Protocol::kSctp},
};

/// As a sender's stack leaves it: the headers are of the whole.
Bytes large_packet(Station& from, Station& to, bool ipv6, uint32_t payload) {
  return make_packet(to.mac(), from.mac(), {.ipv6 = ipv6, .protocol = Protocol::kTcp, .payload = payload});
}

/// QEMU's model clears FIN and PSH in every segment.
Bytes without_flags(Bytes frame, bool ipv6) {
  frame[14 + (ipv6 ? 40 : 20) + 13] &= ~std::byte{0x09};
  return frame;
}

std::vector<Bytes> segments_of(const Bytes& frame, uint32_t payload) {
  std::vector<Bytes> segments;
  Segmenter segmenter;
  expect(segmenter.begin(frame, payload), "the frame can be cut");
  while (!segmenter.done()) {
    Bytes& segment = segments.emplace_back(segmenter.length());
    segmenter.next(segment.data());
  }
  return segments;
}

void expect_segments(Station& from, Station& to, bool ipv6, const Request& request, uint32_t tag) {
  Bytes frame = large_packet(from, to, ipv6, 60'000);
  const size_t transport = 14 + (ipv6 ? 40 : 20);
  frame[transport + 13] |= std::byte{0x09};  // FIN, PSH
  const auto expected = segments_of(frame, request.segment);
  send(from, frame, request);
  const auto received = collect(from, to, expected.size());
  expect_equal(received.size(), expected.size(), "segments");
  const uint32_t good = (ipv6 ? 0 : rx_flag::kIpGood) | rx_flag::kL4Good | rx_flag::kTcp | tag |
                        (ipv6 ? rx_flag::kIpv6 : rx_flag::kIpv4);
  for (size_t i = 0; i < received.size(); ++i) {
    // The flags are part of the checksum, which the receiver finds right.
    Bytes got = without_flags(received[i].data, ipv6), wanted = without_flags(expected[i], ipv6);
    std::fill_n(&got[transport + 16], 2, std::byte{0});
    std::fill_n(&wanted[transport + 16], 2, std::byte{0});
    expect(got == padded(wanted), "segment " + std::to_string(i) + " is what was cut");
    expect_equal(received[i].status, good, "flags of segment " + std::to_string(i));
  }
}

}  // namespace

SCENARIO(offloads, checksums_are_filled_in) {
  auto [a, b] = bench.open_pair();
  for (const PacketOptions& packet : kPackets) {
    const Bytes frame = make_packet(b.mac(), a.mac(), packet);
    send(a, spoiled(frame, packet), {checksums_of(packet)});
    const Received received = collect(a, b, 1)[0];
    const Bytes wanted = padded(frame);
    const auto [got, other] = std::ranges::mismatch(received.data, wanted);
    expect(received.data == wanted,
           "packet " + std::to_string(&packet - kPackets) + " arrives with its checksums: byte " +
               std::to_string(got - received.data.begin()) + " of " + std::to_string(wanted.size()));
  }
}

SCENARIO(offloads, checksums_of_frames_in_several_buffers_are_filled_in) {
  StationOptions jumbo{.chains = true};
  jumbo.settings.mtu = 9000;
  auto [a, b] = bench.open_pair(jumbo, jumbo);
  for (const bool ipv6 : {false, true}) {
    const PacketOptions packet{.ipv6 = ipv6, .protocol = Protocol::kTcp, .payload = 8001};
    const Bytes frame = make_packet(b.mac(), a.mac(), packet);
    send(a, spoiled(frame, packet), {checksums_of(packet)});
    const uint32_t first = collect(a, b, 1)[0].status;
    expect_equal(first & (rx_flag::kL4Good | rx_flag::kL4Bad), rx_flag::kL4Good, "verdict");
  }
}

SCENARIO(offloads, tags_are_inserted_before_those_that_are_there) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(0x123, true);
  for (const auto& inner : {std::optional<uint16_t>{}, std::optional<uint16_t>{0x2456}}) {
    const PacketOptions packet{.tci = inner};
    const Bytes frame = make_packet(b.mac(), a.mac(), packet);
    send(a, spoiled(frame, packet), {tagging(0xA123) | kChecksums});
    const Received received = collect(a, b, 1)[0];
    expect(received.data == frame, "the frame has its checksums, and the inner tag");
    expect_equal(received.status & (rx_flag::kVlan | 0xFFFFu << rx_flag::kTciShift),
                 rx_flag::kVlan | 0xA123u << rx_flag::kTciShift, "the tag");
  }
}

SCENARIO(offloads, segments_put_together_are_what_was_sent) {
  auto [a, b] = bench.open_pair();
  for (const bool ipv6 : {false, true}) expect_segments(a, b, ipv6, {0, kSegment}, 0);
  b.set_vlan(0x123, true);
  expect_segments(a, b, false, {tagging(0x123), kSegment}, rx_flag::kVlan | 0x123u << rx_flag::kTciShift);
}

SCENARIO(offloads, requests_of_any_kind_follow_each_other) {
  auto [a, b] = bench.open_pair();
  for (const uint16_t id : {1, 2, 3}) b.set_vlan(id, true);
  std::vector<Bytes> expected;
  for (uint32_t i = 0; i < 300;) {
    Burst burst = requesting(a);
    expected.clear();
    for (uint32_t n = 0; n < 25; ++n, ++i) {
      const PacketOptions packet{
          .ipv6 = i % 3 == 0, .protocol = i % 5 < 2 ? Protocol::kTcp : Protocol::kUdp, .payload = 100 + i};
      const uint32_t tag = i % 7 < 3 ? tagging(static_cast<uint16_t>(1 + i % 3)) : 0;
      expected.push_back(make_packet(b.mac(), a.mac(), packet));
      const bool plain = i % 4 == 3;
      put(a, burst, plain ? expected.back() : spoiled(expected.back(), packet),
          {plain ? 0 : checksums_of(packet) | tag});
    }
    send_all(a, burst);
    expect_frames(collect(a, b, expected.size()), expected);
  }
}

SCENARIO(offloads, requests_are_met_after_a_reset) {
  auto [a, b] = bench.open_pair();
  const PacketOptions packet{.protocol = Protocol::kTcp};
  const Bytes frame = make_packet(b.mac(), a.mac(), packet);
  const auto expect_met = [&] {
    send(a, spoiled(frame, packet), {kChecksums});
    expect(collect(a, b, 1)[0].data == frame, "the frame has its checksums");
  };
  expect_met();
  a.drain_tx();
  bench.rig.reset_function(0);
  a.events().await(PortEvent::Kind::kRecovered);
  expect_met();
}

SCENARIO(offloads, headers_that_lie_are_refused) {
  auto [a, b] = bench.open_pair();
  const Bytes tcp = make_packet(b.mac(), a.mac(), {.protocol = Protocol::kTcp});
  const auto with = [&](size_t at, int value) {
    Bytes frame = tcp;
    frame[at] = static_cast<std::byte>(value);
    return frame;
  };
  const std::pair<Bytes, Request> cases[] = {
      {with(14, 0x44), {kChecksums}},                                   // IHL of 16 bytes
      {with(14, 0x4F), {work::kIpChecksum | work::kL4Checksum, 1000}},  // IHL into the payload
      {with(16, 0x7F), {work::kL4Checksum}},                            // total length beyond the frame
      {with(14 + 20 + 12, 0x40), {0, 1000}},                            // TCP header of 16 bytes
      {with(14 + 20 + 12, 0xF0), {0, 1000}},                            // of 60, which the frame has not
      {make_packet(b.mac(), a.mac(), {.protocol = Protocol::kTcp, .payload = 0}), {0, 1000}},
      {make_frame(b.mac(), a.mac(), 100, 1), {kChecksums}},
      {make_frame(b.mac(), a.mac(), 100, 1), {0, 1000}},
      {make_packet(b.mac(), a.mac(), {.protocol = Protocol::kSctp}), {0, 1000}},
      {tcp, {1u << 15}},
      {tcp, {0, 9217}},
  };
  for (const auto& [frame, request] : cases) {
    Burst burst = requesting(a);
    put(a, burst, make_packet(b.mac(), a.mac()), {});
    put(a, burst, frame, request);
    expect_equal(a.tx().send(burst), refuse(Refusal::kRequest), "the send");
    expect_equal(a.tx().bad_entry(), 1u, "the entry");
    expect_equal(burst.count(), 2u, "frames in the burst after a refusal");
    burst.release();
  }
  expect_traffic(a, b);
}

}  // namespace pmd::conformance
