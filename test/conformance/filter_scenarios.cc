#include "scenario.h"

namespace pmd::conformance {

namespace {
constexpr uint16_t kVlan = 100;
constexpr uint32_t kLength = 100;

std::vector<Bytes> to_each(const std::vector<MacAddress>& destinations, Station& from) {
  std::vector<Bytes> frames;
  for (const MacAddress& to : destinations)
    frames.push_back(make_frame(to, from.mac(), kLength, static_cast<uint32_t>(frames.size())));
  return frames;
}
}  // namespace

SCENARIO(filters, broadcast_is_received) {
  auto [a, b] = bench.open_pair();
  const auto frames = to_each({kBroadcast, kBroadcast}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), frames);
}

SCENARIO(filters, unicast_for_another_is_not_received) {
  auto [a, b] = bench.open_pair();
  MacAddress close = b.mac();
  close[5] ^= 1;
  a.send(to_each({kStranger, close}, a));
  expect_frames(receive_all(a, b), {});
}

SCENARIO(filters, subscribed_multicast_is_received) {
  auto [a, b] = bench.open_pair();
  const MacAddress one{0x01, 0x00, 0x5E, 0x02, 0x20, 0x01}, two{0x33, 0x33, 0x00, 0x02, 0x21, 0x02};
  b.set_multicast({one, two});
  const auto frames = to_each({one, two}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), frames);
}

SCENARIO(filters, other_multicast_is_not_received) {
  auto [a, b] = bench.open_pair();
  const MacAddress mine{0x01, 0x00, 0x5E, 0x03, 0x30, 0x01}, other{0x01, 0x00, 0x5E, 0x03, 0x31, 0x02};
  a.send(to_each({mine, other}, a));
  expect_frames(receive_all(a, b), {});
  b.set_multicast({mine});
  const auto frames = to_each({mine, other}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), {frames[0]});
}

SCENARIO(filters, multicast_ends_with_its_subscription) {
  auto [a, b] = bench.open_pair();
  const MacAddress group{0x01, 0x00, 0x5E, 0x04, 0x40, 0x01};
  b.set_multicast({group});
  b.set_multicast({});
  a.send(to_each({group}, a));
  expect_frames(receive_all(a, b), {});
}

SCENARIO(filters, thirty_multicast_groups) {
  auto [a, b] = bench.open_pair();
  std::vector<MacAddress> groups;
  for (uint8_t i = 0; i < 30; ++i)
    groups.push_back({0x01, 0x00, 0x5E, 0x05, static_cast<uint8_t>(0x50 + i), i});
  b.set_multicast(groups);
  const auto frames = to_each(groups, a);
  a.send(frames);
  expect_frames(receive_all(a, b), frames);
}

SCENARIO(filters, settings_out_of_range_are_refused_and_change_nothing) {
  auto [a, b] = bench.open_pair();
  const MacAddress group{0x01, 0x00, 0x5E, 0x05, 0x50, 0x01};
  const auto refused = [](const char* what, const std::function<void()>& body) {
    expect_error(ErrorCode::kInvalidArgument, body, what);
  };
  for (const size_t count : {31, 32, 200, 100'000})
    refused("a list of multicast addresses", [&] { b.set_multicast(std::vector(count, group)); });
  for (const uint16_t id : {0, 4095, 65535}) refused("a VLAN", [&] { b.set_vlan(id, true); });
  for (const uint16_t mtu : {0, 67, 2027, 65535}) refused("an MTU", [&] { b.set_mtu(mtu); });
  const auto frames = to_each({b.mac()}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), frames);
}

SCENARIO(filters, all_multicast) {
  bench.rig.require_all_multicast();
  auto [a, b] = bench.open_pair();
  b.set_multicast({}, true);
  const auto frames = to_each({{0x01, 0x00, 0x5E, 0x06, 0x60, 0x01}}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), frames);
  b.set_multicast({}, false);
  a.send(frames);
  expect_frames(receive_all(a, b), {});
}

SCENARIO(filters, vlan_of_a_member_is_stripped) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  for (const uint16_t tci :
       {kVlan, static_cast<uint16_t>(0xA000 | kVlan), static_cast<uint16_t>(0xF000 | kVlan)}) {
    const Bytes frame = make_frame(b.mac(), a.mac(), kLength, 1, tci);
    a.send_one(frame);
    const auto received = b.receive(1);
    expect_frames(received, {without_tag(frame)});
    expect((received[0].status & rx_flag::kVlan) != 0, "the status says that a tag was stripped");
    expect_equal(received[0].status >> rx_flag::kTciShift, tci, "the tag in the status");
  }
}

SCENARIO(filters, untagged_frames_have_no_tag_in_their_status) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  const Bytes frame = make_frame(b.mac(), a.mac(), kLength, 1);
  a.send_one(frame);
  const auto received = b.receive(1);
  expect_frames(received, {frame});
  expect_equal(received[0].status & (rx_flag::kVlan | 0xFFFFu << rx_flag::kTciShift), 0u,
               "tag in the status");
}

SCENARIO(filters, priority_tagged_frames_are_received) {
  auto [a, b] = bench.open_pair();
  const Bytes frame = make_frame(b.mac(), a.mac(), kLength, 1, 0xE000);
  a.send_one(frame);
  expect_frames(b.receive(1), {frame});  // a VF without a VLAN keeps the tag
  b.set_vlan(kVlan, true);
  a.send_one(frame);
  const auto received = b.receive(1);
  expect_frames(received, {without_tag(frame)});
  expect_equal(received[0].status, rx_flag::kVlan | 0xE000u << rx_flag::kTciShift,
               "the priority in the status");
  b.set_vlan(kVlan, false);
  a.send_one(frame);
  expect_frames(b.receive(1), {without_tag(frame)});  // VLAN 0 stays, and so does the stripping
}

SCENARIO(filters, vlan_of_others_is_not_received) {
  auto [a, b] = bench.open_pair();
  a.send_one(make_frame(b.mac(), a.mac(), kLength, 1, kVlan));
  expect_frames(receive_all(a, b), {});
  b.set_vlan(kVlan, true);
  a.send_one(make_frame(b.mac(), a.mac(), kLength, 2, kVlan + 1));
  expect_frames(receive_all(a, b), {});
}

SCENARIO(filters, vlan_ends_with_membership) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  b.set_vlan(kVlan, false);
  a.send_one(make_frame(b.mac(), a.mac(), kLength, 1, kVlan));
  expect_frames(receive_all(a, b), {});
  expect(b.port().snapshot().settings.vlans.empty(), "the settings list no VLAN");
}

SCENARIO(filters, several_vlans) {
  auto [a, b] = bench.open_pair();
  for (const uint16_t id : {1, 31, 32, 4094}) b.set_vlan(id, true);
  b.set_vlan(32, false);
  std::vector<Bytes> frames;
  for (const uint16_t id : {1, 31, 32, 33, 4094})
    frames.push_back(make_frame(b.mac(), a.mac(), kLength, id, id));
  a.send(frames);
  expect_frames(receive_all(a, b), {without_tag(frames[0]), without_tag(frames[1]), without_tag(frames[4])});
}

SCENARIO(filters, vlans_beyond_what_the_pf_has_room_for_are_refused) {
  constexpr uint16_t kMost = 40;
  auto [a, b] = bench.open_pair();
  uint16_t refused = 0;
  for (uint16_t id = 1; id < kMost && refused == 0; ++id) {
    try {
      b.set_vlan(id, true);
    } catch (const Error& error) {
      expect(error.code == ErrorCode::kPeerRefused, error.what());
      expect(error.hint.find("table of 32 VLANs is full") != std::string::npos, error.hint);
      expect(error.hint.find("trust") == std::string::npos, "trust would not help: " + error.hint);
      refused = id;
    }
  }
  expect(refused > 1, "there is an end");
  const auto last = static_cast<uint16_t>(refused - 1);
  const Bytes tagged = make_frame(b.mac(), a.mac(), kLength, 1, last);
  a.send_one(tagged);
  expect_frames(receive_all(a, b), {without_tag(tagged)});
  b.set_vlan(last, false);
  b.set_vlan(refused, true);  // there is room again
  expect_frames(receive_all(a, b), {});
}

SCENARIO(filters, broadcast_stays_in_its_vlan) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  const Bytes inside = make_frame(kBroadcast, a.mac(), kLength, 1, kVlan);
  a.send({inside, make_frame(kBroadcast, a.mac(), kLength, 2, kVlan + 1)});
  expect_frames(receive_all(a, b), {without_tag(inside)});
}

SCENARIO(filters, set_mac_changes_what_is_received) {
  auto [a, b] = bench.open_pair();
  const MacAddress old = b.mac(), fresh{0x02, 0x77, 0x77, 0x77, 0x77, 0x01};
  b.set_mac(fresh);
  expect(b.mac() == fresh, "the port has the new MAC");
  const auto frames = to_each({old, fresh}, a);
  a.send(frames);
  expect_frames(receive_all(a, b), {frames[1]});
}

SCENARIO(filters, set_mac_that_the_pf_refuses_changes_nothing) {
  const MacAddress assigned{0x02, 0x66, 0x66, 0x66, 0x66, 0x01};
  bench.rig.assign_mac(1, assigned);
  auto [a, b] = bench.open_pair();
  for (const MacAddress& mac : {kStranger, MacAddress{0x01, 0, 0, 0, 0, 1}}) {
    expect_error(
        ErrorCode::kPeerRefused, [&] { b.set_mac_unchecked(mac); },
        "a MAC that the administrator did not assign");
    expect(b.mac() == assigned, "the port keeps its MAC");
  }
  b.set_mac(assigned);  // which is so already
  expect_traffic(a, b);
}

SCENARIO(filters, invalid_macs_are_refused) {
  auto [a, b] = bench.open_pair();
  const MacAddress before = b.mac();
  for (const MacAddress& mac : {MacAddress{0x01, 0, 0, 0, 0, 1}, MacAddress{}, kBroadcast}) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { b.set_mac(mac); }, "an invalid MAC");
    expect_error(
        ErrorCode::kPeerRefused, [&] { b.set_mac_unchecked(mac); },
        "an invalid MAC that the PF is asked for");
    expect(b.mac() == before, "the port keeps its MAC");
  }
  expect_traffic(a, b);
}

SCENARIO(filters, frames_from_outside) {
  auto [a, b] = bench.open_pair();
  bench.rig.take_wire_frames();
  const std::vector<Bytes> in{make_frame(a.mac(), kStranger, kLength, 1),
                              make_frame(kBroadcast, kStranger, kLength, 2)};
  for (const Bytes& frame : in) bench.rig.inject(frame);
  expect_frames(a.receive(2), in);
  expect_frames(b.receive(1), {in[1]});
  const Bytes out = make_frame(kStranger, a.mac(), kLength, 3);
  a.send_one(out);
  expect(eventually([&] {
           for (const Bytes& frame : bench.rig.take_wire_frames())
             if (frame == out) return true;
           return false;
         }),
         "a frame for an unknown address goes out");
}

}  // namespace pmd::conformance
