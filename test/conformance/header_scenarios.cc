#include "packets.h"
#include "scenario.h"

// What the device says of a packet's headers. QEMU's model and the emulation agree on every flag.

namespace pmd::conformance {

namespace {

using namespace rx_flag;

constexpr uint32_t kGood = kIpGood | kL4Good;

struct Case {
  const char* name;
  PacketOptions packet;
  uint32_t flags;
};

const Case kIpv4Packets[] = {
    {"UDP", {}, kGood | kIpv4 | kUdp},
    {"UDP with a bad IP header", {.good_network = false}, kIpBad | kL4Good | kIpv4 | kUdp},
    {"UDP with a bad checksum", {.good_transport = false}, kIpGood | kL4Bad | kIpv4 | kUdp},
    {"UDP with both bad", {.good_network = false, .good_transport = false}, kIpBad | kL4Bad | kIpv4 | kUdp},
    {"UDP without a checksum", {.unchecked = true}, kIpGood | kIpv4 | kUdp},
    {"UDP of an odd length", {.payload = 41}, kGood | kIpv4 | kUdp},
    {"UDP with padding", {.payload = 1}, kGood | kIpv4 | kUdp},
    {"UDP after options", {.extended = true}, kGood | kIpv4 | kUdp},
    {"UDP, large", {.payload = 1472}, kGood | kIpv4 | kUdp},
    {"TCP", {.protocol = Protocol::kTcp}, kGood | kIpv4 | kTcp},
    {"TCP with padding", {.protocol = Protocol::kTcp, .payload = 0}, kGood | kIpv4 | kTcp},
    {"TCP with a bad checksum",
     {.protocol = Protocol::kTcp, .good_transport = false},
     kIpGood | kL4Bad | kIpv4 | kTcp},
    {"SCTP", {.protocol = Protocol::kSctp}, kGood | kIpv4 | kSctp},
    {"SCTP with a bad checksum",
     {.protocol = Protocol::kSctp, .good_transport = false},
     kIpGood | kL4Bad | kIpv4 | kSctp},
    {"ICMP", {.protocol = Protocol::kIcmp}, kIpGood | kIpv4},
    {"the first fragment", {.fragment = 0x2000}, kIpGood | kIpv4},
    {"a later fragment", {.protocol = Protocol::kTcp, .fragment = 0x0004}, kIpGood | kIpv4},
};

const Case kIpv6Packets[] = {
    {"UDP", {.ipv6 = true}, kL4Good | kIpv6 | kUdp},
    {"UDP with a bad checksum", {.ipv6 = true, .good_transport = false}, kL4Bad | kIpv6 | kUdp},
    {"TCP", {.ipv6 = true, .protocol = Protocol::kTcp}, kL4Good | kIpv6 | kTcp},
    {"TCP with a bad checksum",
     {.ipv6 = true, .protocol = Protocol::kTcp, .good_transport = false},
     kL4Bad | kIpv6 | kTcp},
    {"SCTP", {.ipv6 = true, .protocol = Protocol::kSctp}, kL4Good | kIpv6 | kSctp},
    {"TCP after an extension header",
     {.ipv6 = true, .protocol = Protocol::kTcp, .extended = true},
     kL4Good | kIpv6 | kTcp},
    {"ICMP", {.ipv6 = true, .protocol = Protocol::kIcmp}, kIpv6},
    {"a fragment", {.ipv6 = true, .fragment = 1}, kIpv6},
};

void expect_flags(Station& a, Station& b, std::span<const Case> cases) {
  for (const Case& each : cases) {
    const Received received = send_packet(a, b, padded(make_packet(b.mac(), a.mac(), each.packet)));
    expect_equal(received.status, each.flags, std::string("flags of ") + each.name);
  }
}

}  // namespace

SCENARIO(headers, ipv4_packets_are_checked_and_named) {
  auto [a, b] = bench.open_pair();
  expect_flags(a, b, kIpv4Packets);
}

SCENARIO(headers, ipv6_packets_are_checked_and_named) {
  auto [a, b] = bench.open_pair();
  expect_flags(a, b, kIpv6Packets);
}

SCENARIO(headers, other_frames_have_no_flags) {
  auto [a, b] = bench.open_pair();
  a.send_one(make_frame(b.mac(), a.mac(), 100, 1));
  expect_equal(b.receive(1)[0].status, 0u, "flags");
}

SCENARIO(headers, packets_behind_a_tag_are_checked_too) {
  auto [a, b] = bench.open_pair();
  // Without a VLAN of its own a VF leaves tags where they are.
  const Received tagged = send_packet(a, b, make_packet(b.mac(), a.mac(), {.tci = 0x6000}));
  expect_equal(tagged.status, kGood | kIpv4 | kUdp, "flags of a priority-tagged packet");
  b.set_vlan(100, true);
  const Bytes frame = make_packet(b.mac(), a.mac(), {.tci = 0xA064});
  const Received stripped = send_packet(a, b, frame, without_tag(frame));
  expect_equal(stripped.status, kGood | kIpv4 | kUdp | kVlan | 0xA064u << kTciShift,
               "flags of a packet whose tag was taken out");
}

}  // namespace pmd::conformance
