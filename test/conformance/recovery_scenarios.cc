#include "scenario.h"

namespace pmd::conformance {

namespace {

using Kind = PortEvent::Kind;

constexpr MacAddress kGroup{0x01, 0x00, 0x5E, 0x07, 0x70, 0x01};
constexpr uint16_t kVlan = 77;
constexpr uint16_t kPortVlan = 100;
constexpr uint64_t kPollsOfClose = 50;

/// `ip link set PF down`, then `up`: both ports notice and recover.
void restart_pf(Bench& bench, Station& a, Station& b) {
  bench.rig.pf_down();
  a.events().await(Kind::kRecovering);
  b.events().await(Kind::kRecovering);
  bench.rig.pf_up();
  a.events().await(Kind::kRecovered);
  b.events().await(Kind::kRecovered);
}

}  // namespace

SCENARIO(recovery, link_goes_and_comes) {
  auto [a, b] = bench.open_pair();
  bench.rig.set_link(false);
  const PortEvent down = a.events().await(Kind::kLink);
  expect(!down.link.up && down.link.speed_mbps == 0, "the event says that the link is down");
  b.events().await(Kind::kLink);
  expect(!a.port().snapshot().link.up, "the snapshot says so too");
  expect(a.port().state() == PortState::kRunning, "the port runs on");
  bench.rig.set_link(true);
  const PortEvent up = a.events().await(Kind::kLink);
  expect(up.link.up && up.link.speed_mbps == 1000, "the event says that the link is up");
  b.events().await(Kind::kLink);
  expect_traffic(a, b);
  expect_equal(a.port().snapshot().recoveries, 0u, "recoveries");
}

SCENARIO(recovery, pf_reset_is_survived) {
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
  restart_pf(bench, a, b);
  expect_traffic(a, b);
  expect(a.port().snapshot().recoveries >= 1, "the recovery is counted");
  expect(a.port().state() == PortState::kRunning, "the port runs");
}

SCENARIO(recovery, pf_resets_again_and_again) {
  auto [a, b] = bench.open_pair();
  for (unsigned round = 0; round < 3; ++round) {
    restart_pf(bench, a, b);
    expect_traffic(a, b);
  }
}

SCENARIO(recovery, settings_are_sent_again) {
  auto [a, b] = bench.open_pair();
  const MacAddress mac{0x02, 0x55, 0x55, 0x55, 0x55, 0x01};
  b.set_mac(mac);
  a.set_mtu(1900);
  b.set_mtu(1900);
  b.set_vlan(kVlan, true);
  b.set_multicast({kGroup});
  const auto check = [&, &a = a, &b = b] {
    expect(b.mac() == mac, "the port keeps its MAC");
    const Bytes large = make_frame(mac, a.mac(), 1914, 1), tagged = make_frame(mac, a.mac(), 200, 2, kVlan),
                group = make_frame(kGroup, a.mac(), 200, 3);
    a.send({large, tagged, group, make_frame(mac, a.mac(), 200, 4, kVlan + 1)});
    expect_frames(receive_all(a, b), {large, without_tag(tagged), group});
  };
  check();
  restart_pf(bench, a, b);
  check();
}

SCENARIO(recovery, made_up_mac_is_kept) {
  auto [a, b] = bench.open_pair();
  const MacAddress before = a.mac();
  restart_pf(bench, a, b);
  expect(a.mac() == before, "the MAC is the one of before");
  expect_traffic(a, b);
}

SCENARIO(recovery, newly_assigned_mac_is_taken_over) {
  const MacAddress assigned{0x02, 0x44, 0x44, 0x44, 0x44, 0x01};
  auto [a, b] = bench.open_pair();
  bench.rig.assign_mac(0, assigned);
  restart_pf(bench, a, b);
  expect(a.mac() == assigned, "the port has the MAC that the administrator assigned meanwhile");
  expect_traffic(a, b);
}

SCENARIO(recovery, runs_on_without_a_vlan_that_the_pf_forbids_meanwhile) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  bench.rig.assign_vlan(1, kPortVlan);
  restart_pf(bench, a, b);
  const std::string reason = b.events().await(Kind::kRefused).reason;
  expect(reason.find("VLAN 77") != std::string::npos, "the event names the VLAN: " + reason);
  expect(reason.find("trust") == std::string::npos, "trust would not help: " + reason);
  b.set_mtu(1400);
  restart_pf(bench, a, b);
  expect(!b.events().seen(Kind::kRefused), "it is told once");
  expect(b.port().state() == PortState::kRunning, "the port runs");
  expect_error(
      ErrorCode::kPeerRefused, [&b = b] { b.set_vlan(kVlan + 1, true); }, "joining another VLAN");
  b.set_vlan(kVlan, false);
  bench.rig.assign_vlan(1, std::nullopt);
  restart_pf(bench, a, b);
  expect(b.port().snapshot().settings.vlans.empty(), "the VLAN was left");
  expect_traffic(a, b);
}

SCENARIO(recovery, joins_a_vlan_again_when_the_pf_allows_it) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  bench.rig.assign_vlan(1, kPortVlan);
  restart_pf(bench, a, b);
  b.events().await(Kind::kRefused);
  bench.rig.assign_vlan(1, std::nullopt);
  restart_pf(bench, a, b);
  const Bytes tagged = make_frame(b.mac(), a.mac(), 200, 2, kVlan);
  a.send_one(tagged);
  expect_frames(receive_all(a, b), {without_tag(tagged)});
  expect(!b.events().seen(Kind::kRefused), "nothing is refused any more");
}

SCENARIO(recovery, joins_a_vlan_again_when_the_pf_has_news) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(kVlan, true);
  bench.rig.assign_vlan(1, kPortVlan);
  restart_pf(bench, a, b);
  b.events().await(Kind::kRefused);
  const Bytes tagged = make_frame(b.mac(), a.mac(), 200, 2, kVlan);
  bench.rig.assign_vlan(1, std::nullopt);
  bench.rig.set_link(false);
  bench.rig.set_link(true);  // the PF tells its VFs of both
  const auto arrives = [&a = a, &b = b, &tagged] {
    a.send_one(tagged);
    return receive_all(a, b).size() == 1;
  };
  expect(eventually(arrives), "a frame of the VLAN arrives");
  expect(!b.events().seen(Kind::kRefused), "nothing is refused any more");
}

SCENARIO(recovery, runs_on_with_the_mac_that_the_pf_assigns_instead) {
  const MacAddress wanted{0x02, 0x55, 0x55, 0x55, 0x55, 0x02}, assigned{0x02, 0x44, 0x44, 0x44, 0x44, 0x02};
  auto [a, b] = bench.open_pair();
  b.set_mac(wanted);
  bench.rig.assign_mac(1, assigned);
  restart_pf(bench, a, b);
  expect(b.events().await(Kind::kRefused).reason.find("MAC") != std::string::npos, "the event names the MAC");
  expect(b.mac() == assigned, "the port has the MAC that the PF has assigned");
  expect_traffic(a, b);
  expect_error(
      ErrorCode::kPeerRefused, [&b = b, wanted] { b.set_mac(wanted); }, "asking for it again");
  b.set_mac(assigned);  // which is so already
  restart_pf(bench, a, b);
  expect(!b.events().seen(Kind::kRefused), "nothing is refused any more");
  expect_traffic(a, b);
}

SCENARIO(recovery, bursts_return_nothing_meanwhile) {
  auto [a, b] = bench.open_pair();
  for (uint32_t i = 0; i < 5; ++i) a.put(a.outgoing(), make_frame(b.mac(), a.mac(), 100, i));
  bench.rig.pf_down();
  a.events().await(Kind::kRecovering);
  b.events().await(Kind::kRecovering);
  expect(a.port().state() == PortState::kRecovering, "the port recovers");
  expect_equal(a.tx().send(a.outgoing()), 0, "a send");
  expect_equal(a.outgoing().count(), 5u, "frames in the burst afterwards");
  expect_equal(b.rx().receive(b.incoming(), 8), 0, "a receive");
  const PortEvent failure = a.events().await(Kind::kFailure);
  expect(!failure.reason.empty(), "a failed attempt says why");
  bench.rig.pf_up();
  a.events().await(Kind::kRecovered);
  b.events().await(Kind::kRecovered);
  expect_equal(a.tx().send(a.outgoing()), 5, "a send afterwards");
  b.receive(5);
}

SCENARIO(recovery, held_frames_outlive_a_reset) {
  auto [a, b] = bench.open_pair();
  std::vector<Bytes> frames;
  for (uint32_t i = 0; i < 10; ++i) frames.push_back(make_frame(b.mac(), a.mac(), 500, i));
  a.send(frames);
  expect(eventually([&] {
           b.rx().receive(b.incoming(), 10 - b.incoming().count());
           return b.incoming().count() == 10;
         }),
         "ten frames are held");
  restart_pf(bench, a, b);
  for (uint32_t i = 0; i < 10; ++i) {
    const std::byte* data = b.cache().pool().buffer(b.incoming().index()[i]) + b.incoming().offset()[i];
    expect(Bytes(data, data + b.incoming().length()[i]) == frames[i], "a held frame is unchanged");
  }
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing them");
  expect_traffic(a, b);
}

SCENARIO(recovery, request_waits_for_it) {
  auto [a, b] = bench.open_pair();
  bench.rig.pf_down();
  a.events().await(Kind::kRecovering);
  b.events().await(Kind::kRecovering);
  std::thread request([&a = a] { a.set_mtu(1400); });
  bench.rig.pf_up();
  request.join();
  expect_equal(a.port().snapshot().settings.mtu, 1400, "the MTU that was asked for meanwhile");
  expect(a.port().state() == PortState::kRunning, "the port runs");
}

SCENARIO(recovery, close_while_recovering) {
  auto [a, b] = bench.open_pair();
  bench.rig.pf_down();
  a.events().await(Kind::kRecovering);
  // The attempt that it interrupts would poll for a second, up to 2000 times.
  const uint64_t before = a.observations().mailbox_polls;
  a.port().close();
  const uint64_t polls = a.observations().mailbox_polls - before;
  expect(polls < kPollsOfClose,
         "close waits for no answer: the driver polled " + std::to_string(polls) + " times");
  expect(a.port().state() == PortState::kClosed, "the port is closed");
  b.port().close();
}

SCENARIO(recovery, reset_behind_our_back_is_noticed) {
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
  bench.rig.reset_function(0);
  a.events().await(Kind::kRecovering);
  a.events().await(Kind::kRecovered);
  expect_traffic(a, b);
}

SCENARIO(recovery, other_port_is_not_disturbed_by_a_function_reset) {
  auto [a, b] = bench.open_pair();
  bench.rig.reset_function(0);
  a.events().await(Kind::kRecovered);
  b.port().refresh();
  expect_equal(b.port().snapshot().recoveries, 0u, "recoveries of the other port");
  expect(!b.events().seen(Kind::kRecovering), "the other port did not recover");
  expect_traffic(a, b);
}

SCENARIO(recovery, removal_is_noticed) {
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
  bench.rig.take_away();
  for (Station* station : {&a, &b}) {
    const PortEvent removal = station->events().await(Kind::kRemoval);
    expect(!removal.reason.empty(), "the event says why");
    expect(station->port().state() == PortState::kClosed, "the port is closed");
    expect_equal(station->rx().receive(station->incoming(), 8), refuse(Refusal::kRemoved), "a receive");
    expect_equal(station->tx().send(station->outgoing()), refuse(Refusal::kRemoved), "a send");
    expect_error(
        ErrorCode::kRemoved, [&] { station->set_mtu(1400); }, "a request");
  }
}

}  // namespace pmd::conformance
