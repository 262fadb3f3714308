#include "emulation_fixture.h"

// When frames move and when they don't: handshake, ENABLE, tails, bus master, link, reset. All stepped by
// hand.

using namespace fixture;
namespace mbx = igb::mbx;

TEST(nothing_moves_before_its_time) {
  Driver driver("emu:early,peer=flood", Driver::by_hand());
  const Bytes frame = frame_to(kFloodPeerMac, test_mac(1), 60);
  const auto quiet = [&](uint32_t slot) {
    driver.settle();
    return !driver.tx_done(slot) && !driver.rx_ready();
  };
  driver.program_rings();
  driver.function().set_bus_master(true);
  driver.arm_all();
  CHECK(quiet(driver.send(frame)));  // before the handshake
  driver.request({mbx::kReset});
  driver.set_mac(test_mac(1));
  driver.settle();
  CHECK(!driver.tx_done(0));  // a tail written too early does not count
  driver.ring_tx();
  driver.settle();
  CHECK(driver.tx_done(0));
  CHECK(driver.rx_ready());
  driver.write(regs::TXDCTL, 0);
  CHECK(!driver.tx_done(driver.send(frame)));
  driver.write(regs::TXDCTL, regs::dctl::ENABLE);
  driver.settle();
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  CHECK_EQ(driver.read(regs::TDT), 2u);  // remembered all the same
  driver.function().set_bus_master(false);
  driver.ring_tx();
  driver.settle();
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  driver.function().set_bus_master(true);
  driver.settle();
  CHECK_EQ(driver.counter("peerReceived"), 2u);
}

TEST(tail_must_be_written_again_after_a_queue_was_off) {
  Pair pair;
  pair.a.device().set_link(false);
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.a.write(regs::TXDCTL, 0);
  pair.a.write(regs::TXDCTL, regs::dctl::ENABLE);
  pair.a.device().set_link(true);
  pair.settle();
  CHECK(!pair.b.rx_ready());
  pair.a.ring_tx();
  pair.settle();
  CHECK(pair.b.rx_ready());
}

TEST(receive_tail_counts_only_after_enable) {
  Pair pair;
  pair.b.program_rings();
  pair.b.write(regs::RXDCTL, 0);
  pair.b.arm_all();
  pair.b.write(regs::RXDCTL, regs::dctl::ENABLE);
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK(!pair.b.rx_ready());
  pair.b.arm_all();
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK(pair.b.rx_ready());
}

TEST(link_down_holds_transmit_and_loses_receive) {
  Pair pair;
  pair.a.device().set_link(false);
  const uint32_t slot = pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK(!pair.a.tx_done(slot));
  pair.b.send(frame_to(test_mac(1), test_mac(2), 60));
  pair.settle();
  CHECK_EQ(pair.a.counter("rxNotReady"), 1u);
  pair.a.device().set_link(true);
  pair.settle();
  CHECK(pair.a.tx_done(slot) && pair.b.rx_ready());
}

TEST(flr_behind_the_drivers_back_leaves_it_deaf_and_silent) {
  Pair pair;
  pair.b.device().function_level_reset();
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  const uint32_t slot = pair.b.send(frame_to(test_mac(1), test_mac(2), 60));
  pair.settle();
  CHECK(!pair.b.rx_ready() && !pair.b.tx_done(slot));
  CHECK_EQ(pair.b.read(regs::RXDCTL) & regs::dctl::ENABLE, 0u);
  CHECK_EQ(pair.b.counter("rxNotReady"), 1u);
}
