#include "nic/igbvf/registers.h"
#include "scenario.h"

namespace pmd::conformance {

namespace {

constexpr MacAddress kAssigned{0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
constexpr MacAddress kRequested{0x02, 0x11, 0x22, 0x33, 0x44, 0x66};
/// The promise is 1.5 s for a PF that does not answer, in which it is polled every 500 us. On a busy machine
/// the driver polls less often, never more.
constexpr uint64_t kSilentPfPolls = 3000;

StationOptions asking_for(const MacAddress& mac) {
  StationOptions options;
  options.settings.mac = mac;
  return options;
}

}  // namespace

SCENARIO(bring_up, pf_assigned_mac_is_used) {
  bench.rig.assign_mac(0, kAssigned);
  auto [a, b] = bench.open_pair();
  expect(a.mac() == kAssigned, "the port has the PF's MAC");
  expect_traffic(a, b);
}

SCENARIO(bring_up, without_pf_mac_a_local_one_is_made_up) {
  auto [a, b] = bench.open_pair();
  const MacAddress mac = a.mac();
  expect(!is_zero(mac) && !is_multicast(mac), "the MAC is a unicast address");
  expect((mac[0] & 2) != 0, "the MAC is locally administered");
  expect(mac != b.mac(), "two ports make up different MACs");
  expect_traffic(a, b);
}

SCENARIO(bring_up, requested_mac_is_used) {
  Station& a = bench.open(0, asking_for(kRequested));
  Station& b = bench.open(1);
  expect(a.mac() == kRequested, "the port has the requested MAC");
  expect_traffic(a, b);
}

SCENARIO(bring_up, requested_mac_may_be_the_assigned_one) {
  bench.rig.assign_mac(0, kAssigned);
  Station& a = bench.open(0, asking_for(kAssigned));
  expect(a.mac() == kAssigned, "the port has the MAC");
}

SCENARIO(bring_up, requested_mac_that_the_pf_refuses) {
  bench.rig.assign_mac(0, kAssigned);
  const Error error = expect_error(
      ErrorCode::kPeerRefused, [&] { bench.open(0, asking_for(kRequested)); },
      "opening with another MAC than the PF's");
  expect(!error.hint.empty(), "the error has a hint");
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
}

SCENARIO(bring_up, silent_pf_is_an_error_in_time) {
  bench.rig.pf_down();
  auto observations = std::make_shared<Observations>();
  auto bus = bench.rig.open(0, observations);
  expect_error(
      ErrorCode::kPeerSilent, [&] { bench.open_on(std::move(bus), observations); },
      "opening while the PF is down");
  const uint64_t polls = observations->mailbox_polls;
  expect(polls > 0 && polls <= kSilentPfPolls, "the driver polled " + std::to_string(polls) + " times");
}

SCENARIO(bring_up, works_when_the_pf_is_back) {
  bench.rig.pf_down();
  expect_error(
      ErrorCode::kPeerSilent, [&] { bench.open(0); }, "opening while the PF is down");
  bench.rig.pf_up();
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
}

SCENARIO(bring_up, reopen) {
  Station& b = bench.open(1);
  for (unsigned round = 0; round < 5; ++round) {
    Station& a = bench.open(0);
    expect_traffic(a, b);
    bench.close(a);
  }
}

SCENARIO(bring_up, reopen_with_other_rings) {
  // Heads and tails stay where they were in the middle of the ring: no reset of the function clears them.
  Station& b = bench.open(1);
  for (const uint32_t size : {64u, 32u, 512u, 128u}) {
    Station& a = bench.open(0, {.rx_ring = size, .tx_ring = size == 128 ? 32 : size});
    expect_traffic(a, b);
    bench.close(a);
  }
}

SCENARIO(bring_up, stale_registers_of_an_earlier_user) {
  auto observations = std::make_shared<Observations>();
  auto function = bench.rig.open(0, observations);
  RegisterWindow& registers = function->window(0, regs::kBarSize);
  registers.write32(regs::RDLEN.at(), 4096 * 16);
  registers.write32(regs::RDH.at(), 77);
  registers.write32(regs::RDT.at(), 99);
  registers.write32(regs::SRRCTL.at(), 1);
  registers.write32(regs::TDLEN.at(), 4096 * 16);
  registers.write32(regs::TDH.at(), 1234);
  registers.write32(regs::TDT.at(), 4000);
  registers.write32(regs::TDWBAL.at(), 0x1000 | regs::tdwbal::HEAD_WB_ENABLE);
  registers.write32(regs::RXDCTL.at(), regs::dctl::thresholds(31, 31, 31));
  registers.write32(regs::TXDCTL.at(), regs::dctl::thresholds(31, 31, 31));
  registers.write32(regs::EIMS.at(), 7);
  Station& a = bench.open_on(std::move(function), observations);
  Station& b = bench.open(1);
  expect_traffic(a, b);
}

SCENARIO(bring_up, third_opener_is_told_that_it_is_busy) {
  auto [a, b] = bench.open_pair();
  expect_error(
      ErrorCode::kBusy, [&] { bench.open(0); }, "opening a VF a second time");
  expect_traffic(a, b);
}

SCENARIO(bring_up, pool_that_is_too_small) {
  PoolCache& small = bench.make_pool(256);
  const Error error = expect_error(
      ErrorCode::kPoolTooSmall, [&] { bench.open_with(small, 0); }, "opening with a small pool");
  expect(error.hint.find("512") != std::string::npos, "the hint names the size that would do: " + error.hint);
  expect_equal(small.pool().usage().free, 256u, "buffers that are free after the refusal");
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
}

SCENARIO(bring_up, pool_serves_as_many_ports_as_it_can) {
  PoolCache& pool = bench.make_pool(1024);
  Station& a = bench.open_with(pool, 0);
  Station& b = bench.open_with(pool, 1);
  expect_traffic(a, b);
  bench.close(a);
  bench.close(b);
  bench.open_with(pool, 0, {.rx_ring = 256, .tx_ring = 256});
  expect_error(
      ErrorCode::kPoolTooSmall, [&] { bench.open_with(pool, 1); }, "a second port after a large one");
}

SCENARIO(bring_up, arguments_out_of_range) {
  const auto refuse = [&](const StationOptions& options, const char* what) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { bench.open(0, options); }, what);
  };
  refuse({.rx_ring = 100}, "an RX ring that is no power of two");
  refuse({.rx_ring = 16}, "an RX ring that is too small");
  refuse({.tx_ring = 8192}, "a TX ring that is too large");
  StationOptions options;
  options.settings.mtu = 67;
  refuse(options, "an MTU that is too small");
  options.settings.mtu = 2027;
  refuse(options, "an MTU that does not fit a buffer");
  refuse(asking_for({0x01, 0, 0, 0, 0, 1}), "a multicast address as MAC");
  bench.open(0);
}

SCENARIO(bring_up, settings_are_sent) {
  StationOptions options;
  options.settings.mtu = 1900;
  options.settings.vlans = {100};
  options.settings.multicast = {{0x01, 0x00, 0x5E, 0x01, 0x10, 0x01}};
  Station& a = bench.open(0, options);
  StationOptions large;
  large.settings.mtu = 1900;
  Station& b = bench.open(1, large);
  const std::vector<Bytes> frames{make_frame(a.mac(), b.mac(), 1914, 1),
                                  make_frame(a.mac(), b.mac(), 104, 2, 100),
                                  make_frame(options.settings.multicast[0], b.mac(), 100, 3)};
  b.send(frames);
  expect_frames(a.receive(3), {frames[0], without_tag(frames[1]), frames[2]});
}

SCENARIO(bring_up, registers_and_configuration_space_of_any_width) {
  auto function = bench.rig.open(0, std::make_shared<Observations>());
  RegisterWindow& registers = function->window(0, regs::kBarSize);
  const uint32_t control = registers.read32(regs::CTRL.at());
  expect_equal(registers.read16(regs::CTRL.at() + 2), static_cast<uint16_t>(control >> 16),
               "16 bits of CTRL");
  expect_equal(registers.read8(regs::CTRL.at() + 1), static_cast<uint8_t>(control >> 8), "8 bits of CTRL");
  expect_equal(registers.read32(regs::kBarSize), UINT32_MAX, "a register behind the window");
  expect_equal(registers.read32(regs::CTRL.at() + 2), UINT32_MAX, "a register that is not aligned");
  constexpr uint16_t kClass = 0x0A;
  expect_equal(function->read_config(kClass, 2), 0x0200u, "the class of an Ethernet controller");
}

SCENARIO(bring_up, identity_and_link) {
  auto [a, b] = bench.open_pair();
  for (Station* station : {&a, &b}) {
    expect(station->port().identity().model == "8086:10ca", "the device is an 82576 VF");
    expect(station->port().identity().bus == bench.rig.bus(), "the port names its bus");
    const Link link = station->port().snapshot().link;
    expect(link.up && link.full_duplex, "the link is up, full duplex");
    expect_equal(link.speed_mbps, 1000u, "link speed in Mbit/s");
    expect(station->port().state() == PortState::kRunning, "the port runs");
  }
}

}  // namespace pmd::conformance
