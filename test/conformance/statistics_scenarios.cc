#include "nic/igbvf/registers.h"
#include "scenario.h"

namespace pmd::conformance {

namespace {

constexpr uint32_t kFcs = 4;

/// Sends `count` frames and receives them; returns their bytes.
uint64_t exchange(Station& from, Station& to, uint32_t count) {
  std::vector<Bytes> frames;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) {
    frames.push_back(make_frame(to.mac(), from.mac(), 60 + i * 29 % 1455, i));
    bytes += frames.back().size();
  }
  for (uint32_t first = 0; first < count; first += 40) {
    const uint32_t last = std::min(first + 40, count);
    from.send({frames.begin() + first, frames.begin() + last});
    to.receive(last - first);
  }
  return bytes;
}

}  // namespace

SCENARIO(statistics, queues_count_frames_and_bytes) {
  auto [a, b] = bench.open_pair();
  const uint64_t bytes = exchange(a, b, 150);
  expect_equal(a.tx().stats().packets.get(), 150u, "frames sent");
  expect_equal(a.tx().stats().bytes.get(), bytes, "bytes sent");
  expect_equal(b.rx().stats().packets.get(), 150u, "frames received");
  expect_equal(b.rx().stats().bytes.get(), bytes, "bytes received");
  expect_equal(b.rx().stats().errors.get() + b.rx().stats().oversize.get() + b.rx().stats().malformed.get(),
               0u, "frames dropped");
}

SCENARIO(statistics, device_counts_the_same) {
  auto [a, b] = bench.open_pair();
  const uint64_t bytes = exchange(a, b, 150);
  a.drain_tx();
  const DeviceCounters sent = a.port().refresh().counters, received = b.port().refresh().counters;
  expect_equal(sent.tx_packets.value(), 150u, "frames sent");
  expect_equal(received.rx_packets.value(), 150u, "frames received");
  // The device's octets have the FCS with them.
  expect_equal(sent.tx_bytes.value(), bytes + 150 * kFcs, "octets sent");
  expect_equal(received.rx_bytes.value(), bytes + 150 * kFcs, "octets received");
  expect(!received.rx_missed.has_value(), "what the device can't know is not called 0");
}

SCENARIO(statistics, multicast_is_counted) {
  auto [a, b] = bench.open_pair();
  const MacAddress group{0x01, 0x00, 0x5E, 0x08, 0x41, 0x01};
  b.set_multicast({group});
  const uint64_t before = b.port().refresh().counters.rx_multicast.value();
  a.send(std::vector<Bytes>(7, make_frame(group, a.mac(), 100, 1)));
  b.receive(7);
  expect_equal(b.port().refresh().counters.rx_multicast.value() - before, 7u, "multicast frames");
}

SCENARIO(statistics, start_at_zero_with_every_open) {
  auto [a, b] = bench.open_pair();
  exchange(a, b, 50);
  bench.close(b);
  Station& again = bench.open(1);
  const DeviceCounters fresh = again.port().refresh().counters;
  expect_equal(fresh.rx_packets.value() + fresh.tx_packets.value(), 0u, "frames counted after reopening");
  exchange(a, again, 20);
  expect_equal(again.port().refresh().counters.rx_packets.value(), 20u, "frames counted since");
}

SCENARIO(statistics, never_go_backwards) {
  auto [a, b] = bench.open_pair();
  exchange(a, b, 100);
  a.drain_tx();
  const DeviceCounters before = b.port().refresh().counters;
  expect_equal(before.rx_packets.value(), 100u, "frames received");
  a.port().refresh();
  bench.rig.pf_down();
  a.events().await(PortEvent::Kind::kRecovering);
  b.events().await(PortEvent::Kind::kRecovering);
  bench.rig.pf_up();
  a.events().await(PortEvent::Kind::kRecovered);
  b.events().await(PortEvent::Kind::kRecovered);
  const DeviceCounters after = b.port().refresh().counters;
  expect_equal(after.rx_packets.value(), 100u, "frames received, after a reset");
  expect_equal(after.rx_bytes.value(), before.rx_bytes.value(), "octets received, after a reset");
  exchange(a, b, 60);
  a.drain_tx();
  expect_equal(b.port().refresh().counters.rx_packets.value(), 160u, "frames received in all");
  expect_equal(a.port().refresh().counters.tx_packets.value(), 160u, "frames sent in all");
  expect_equal(b.rx().stats().packets.get(), 160u, "frames received, by the queue");
}

SCENARIO(statistics, keep_what_came_just_before_a_pf_reset) {
  auto [a, b] = bench.open_pair();
  const uint64_t bytes = exchange(a, b, 50);
  a.drain_tx();
  bench.rig.pf_down();  // before anybody looks at the counters
  a.events().await(PortEvent::Kind::kRecovering);
  b.events().await(PortEvent::Kind::kRecovering);
  bench.rig.pf_up();
  a.events().await(PortEvent::Kind::kRecovered);
  b.events().await(PortEvent::Kind::kRecovered);
  exchange(a, b, 10);
  a.drain_tx();
  const DeviceCounters sent = a.port().refresh().counters, received = b.port().refresh().counters;
  expect_equal(sent.tx_packets.value(), 60u, "frames sent");
  expect_equal(received.rx_packets.value(), 60u, "frames received");
  expect(sent.tx_bytes.value() > bytes + 60 * kFcs, "octets sent are not lost");
  expect(received.rx_bytes.value() > bytes + 60 * kFcs, "octets received are not lost");
}

SCENARIO(statistics, take_a_short_pf_reset_for_no_wrap) {
  auto [a, b] = bench.open_pair();
  for (uint64_t total = 30; total <= 120; total += 30) {
    exchange(a, b, 30);
    a.drain_tx();
    a.port().refresh();
    b.port().refresh();
    bench.rig.pf_down();
    bench.rig.pf_up();
    a.events().await(PortEvent::Kind::kRecovered);
    b.events().await(PortEvent::Kind::kRecovered);
    expect_equal(a.port().refresh().counters.tx_packets.value(), total, "frames sent");
    expect_equal(b.port().refresh().counters.rx_packets.value(), total, "frames received");
  }
}

SCENARIO(statistics, outlive_a_function_reset) {
  auto [a, b] = bench.open_pair();
  exchange(a, b, 30);
  b.port().refresh();
  bench.rig.reset_function(1);
  b.events().await(PortEvent::Kind::kRecovered);
  exchange(a, b, 30);
  expect_equal(b.port().refresh().counters.rx_packets.value(), 60u, "frames received in all");
}

SCENARIO(statistics, last_ones_stay_after_close) {
  auto [a, b] = bench.open_pair();
  exchange(a, b, 25);
  b.port().close();
  expect_equal(b.port().snapshot().counters.rx_packets.value(), 25u, "frames in the last snapshot");
}

SCENARIO(statistics, dump_of_registers) {
  auto [a, b] = bench.open_pair({.rx_ring = 128, .tx_ring = 64});
  const auto dump = a.port().dump_registers();
  const auto value_of = [&dump](std::string_view name) {
    for (const auto& [key, value] : dump)
      if (key == name) return value;
    throw Failure("the dump has no " + std::string(name), std::source_location::current());
  };
  expect_equal(value_of("RDLEN[0]"), 128u * 16, "RDLEN");
  expect_equal(value_of("TDLEN[0]"), 64u * 16, "TDLEN");
  expect((value_of("RXDCTL[0]") & regs::dctl::ENABLE) != 0, "the RX queue is on");
  expect((value_of("TXDCTL[0]") & regs::dctl::ENABLE) != 0, "the TX queue is on");
  expect((value_of("STATUS") & regs::status::LU) != 0, "the link is up");
  expect_equal(value_of("RDT[0]"), 127u, "RDT");
  for (const auto& [name, value] : dump)
    expect(name != "V2PMAILBOX", "registers that a read changes are left alone");
  expect_traffic(a, b);
}

SCENARIO(statistics, refresh_and_snapshot_agree) {
  auto [a, b] = bench.open_pair();
  exchange(a, b, 10);
  const Port::Snapshot fresh = b.port().refresh(), kept = b.port().snapshot();
  expect(fresh.counters.rx_packets == kept.counters.rx_packets, "frames received");
  expect(fresh.link == kept.link, "link");
  expect_equal(kept.settings.mtu, 1500, "MTU");
}

}  // namespace pmd::conformance
