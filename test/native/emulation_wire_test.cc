#include "emulation_fixture.h"

// What the port is plugged into: the wire between two VFs, and the flood peer. All stepped by hand.

using namespace fixture;
namespace mbx = igb::mbx;

TEST(wire_ends_and_names) {
  auto first = open_emulated("emu:n,delay=1ms", Driver::by_hand());
  CHECK_THROWS(open_emulated("emu:n,delay=2ms", Driver::by_hand()), Error, error.code == ErrorCode::kAddress);
  CHECK_THROWS(open_emulated("emu:n,rate=1", Driver::by_hand()), Error, error.code == ErrorCode::kAddress);
  CHECK_THROWS(open_emulated("emu:n,peer=flood", Driver::by_hand()), Error, error.code == ErrorCode::kBusy);
  auto second = open_emulated("emu:n", Driver::by_hand());
  CHECK_THROWS(open_emulated("emu:n", Driver::by_hand()), Error, error.code == ErrorCode::kBusy);
  first.reset();
  first = open_emulated("emu:n,delay=1ms", Driver::by_hand());
  first.reset();
  second.reset();
  first = open_emulated("emu:n,peer=flood", Driver::by_hand());
  CHECK_THROWS(open_emulated("emu:n", Driver::by_hand()), Error, error.code == ErrorCode::kBusy);
  CHECK_THROWS(open_emulated("emu:n,peer=flood", Driver::by_hand()), Error, error.code == ErrorCode::kBusy);
}

TEST(frames_for_nobody_are_lost_and_link_stays_up) {
  Driver driver("emu:alone", Driver::by_hand());
  driver.start(test_mac(1));
  const uint32_t slot = driver.send(frame_to(test_mac(2), test_mac(1), 60));
  driver.settle();
  CHECK(driver.tx_done(slot));
  CHECK(driver.read(regs::STATUS) & regs::status::LU);
  CHECK_EQ(driver.counter("wireLost"), 1u);
  CHECK_EQ(driver.read(regs::VFGPTC), 1u);
  CHECK_EQ(*driver.device().losses().tx_undelivered, 1u);
}

TEST(frames_count_as_lost_when_their_end_leaves_or_comes) {
  Driver a("emu:delayed,delay=3ms", Driver::by_hand());
  a.start(test_mac(1));
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 60);
  const auto send = [&](unsigned frames) {
    for (; frames != 0; --frames) a.send(frame);
    a.settle(4);
  };
  send(2);
  auto b = std::make_unique<Driver>("emu:delayed", Driver::by_hand());
  CHECK_EQ(*a.device().losses().tx_undelivered, 2u);
  send(3);
  b.reset();
  CHECK_EQ(*a.device().losses().tx_undelivered, 5u);
}

TEST(counters_of_a_wire_begin_with_each_open) {
  auto a = std::make_unique<Driver>("emu:again", Driver::by_hand());
  a->start(test_mac(1));
  a->send(frame_to(test_mac(2), test_mac(1), 60));
  a->settle();
  Driver b("emu:again", Driver::by_hand());
  b.start(test_mac(2));
  a->send(frame_to(test_mac(2), test_mac(1), 60));
  a->settle();
  CHECK_EQ(a->counter("wireLost"), 1u);
  CHECK_EQ(a->counter("wireDelivered"), 1u);
  a.reset();
  a = std::make_unique<Driver>("emu:again", Driver::by_hand());
  CHECK_EQ(a->counter("wireLost"), 0u);
  CHECK_EQ(a->counter("wireDelivered"), 0u);
}

TEST(losses_tell_what_a_receiver_did_not_take) {
  Pair pair;
  const MacAddress other = test_mac(9);
  for (unsigned i = 0; i < 3; ++i) pair.a.send(frame_to(other, test_mac(1), 60));
  pair.settle(4);
  for (unsigned i = 0; i < 40; ++i) {
    pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
    pair.settle(1);
  }
  CHECK_EQ(*pair.b.device().losses().rx_filtered, 3u);
  CHECK_EQ(*pair.b.device().losses().rx_missed, 40u - 31);
  CHECK_EQ(*pair.a.device().losses().tx_undelivered, 0u);
}

TEST(delay_is_exact_and_frames_on_the_way_are_lost_with_their_end) {
  Driver a("emu:delayed,delay=3ms", Driver::by_hand());
  auto b = std::make_unique<Driver>("emu:delayed", Driver::by_hand());
  a.start(test_mac(1));
  b->start(test_mac(2));
  const auto run_until = [&](uint64_t now) {
    a.now = b->now = now;
    a.settle();
    b->settle();
  };
  const uint64_t start = a.now;
  a.send(frame_to(test_mac(2), test_mac(1), 60));
  a.pump();
  CHECK(b->device().next_event() <= start + 3'000'000);  // a little before, so that it is awake in time
  CHECK(b->device().next_event() > start + 2'900'000);
  run_until(start + 2'999'999);
  CHECK(!b->rx_ready());
  run_until(start + 3'000'000);
  CHECK(b->rx_ready());
  a.send(frame_to(test_mac(2), test_mac(1), 60));
  a.pump();
  b.reset();
  b = std::make_unique<Driver>("emu:delayed", Driver::by_hand());
  b->start(test_mac(2));
  run_until(start + 9'000'000);
  CHECK(!b->rx_ready());
}

TEST(delayed_wire_pushes_back_when_it_is_full) {
  Pair pair("emu:full,delay=10s", "emu:full");
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 1514);
  uint64_t sent = 0;
  while (pair.a.read(regs::TDH) == sent % 32 && sent < 100'000) {
    pair.a.send(frame);
    pair.a.pump();
    ++sent;
  }
  CHECK(sent > 5000 && sent < 6000);  // 8 MiB of frames
  pair.at(pair.a.now + 10'000'000'000);
  pair.settle(1);
  pair.settle(1);
  CHECK_EQ(pair.a.read(regs::TDH), pair.a.read(regs::TDT));
}

TEST(rate_holds_frames_back_in_the_ring) {
  Pair pair("emu:slow,rate=1k", "emu:slow");
  for (unsigned i = 0; i < 5; ++i) pair.a.queue(frame_to(test_mac(2), test_mac(1), 60));
  pair.a.ring_tx();
  const uint64_t start = pair.a.now;
  pair.settle();
  CHECK_EQ(pair.a.read(regs::TDH), 1u);
  CHECK_EQ(pair.a.device().next_event(), start + 1'000'000);
  pair.at(start + 999'999);
  pair.settle();
  CHECK_EQ(pair.a.read(regs::TDH), 1u);
  for (unsigned i = 1; i < 5; ++i) {
    pair.at(start + i * 1'000'000);
    pair.settle();
    CHECK_EQ(pair.a.read(regs::TDH), 1 + i);
  }
  // After a pause the first frame leaves at once, and no slots were saved up.
  pair.settle();
  pair.at(start + 3600ull * 1'000'000'000);
  for (unsigned i = 0; i < 3; ++i) pair.a.queue(frame_to(test_mac(2), test_mac(1), 60));
  pair.a.ring_tx();
  pair.settle();
  CHECK_EQ(pair.a.read(regs::TDH), 6u);
}

TEST(flood_fills_the_ring_with_what_was_asked_for) {
  Driver driver("emu:flood,peer=flood,size=60-1514,seed=5", Driver::by_hand());
  driver.start(test_mac(1));
  driver.settle();
  CHECK_EQ(driver.read(regs::RDH), driver.read(regs::RDT));
  bool differ = false;
  for (uint64_t sequence = 0; sequence < 1000; ++sequence) {
    const Received received = driver.receive();
    driver.pump();
    CHECK(received.bytes.size() >= 60 && received.bytes.size() <= 1514);
    differ = differ || received.bytes.size() != 60;
    uint64_t carried = 0;
    for (unsigned i = 0; i < 8; ++i) carried = carried << 8 | received.bytes[14 + i];
    CHECK_EQ(carried, sequence);
    Bytes head = frame_to(test_mac(1), kFloodPeerMac, 14);
    CHECK(Bytes(received.bytes.begin(), received.bytes.begin() + 14) == head);
  }
  CHECK(differ);
  CHECK_EQ(driver.counter("rxNoDescriptor"), 0u);
  CHECK_EQ(driver.counter("peerSent"), driver.read(regs::VFGPRC));
  CHECK_EQ(driver.counter("peerSentBytes") + driver.counter("peerSent") * 4, driver.read(regs::VFGORC));
  driver.send(frame_to(kFloodPeerMac, test_mac(1), 100));
  driver.pump();
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  CHECK_EQ(driver.counter("peerReceivedBytes"), 100u);
}

TEST(flood_fills_as_much_of_a_ring_in_a_step_as_it_may) {
  Driver driver("emu:flood,peer=flood", Driver::by_hand(), 512);
  driver.start(test_mac(1));
  driver.device().step(300, driver.now);
  CHECK_EQ(driver.counter("peerSent"), 300u);
  driver.device().step(300, driver.now);
  CHECK_EQ(driver.counter("peerSent"), 511u);
}

TEST(flood_at_a_rate_drops_what_finds_no_descriptor) {
  Driver driver("emu:flood,peer=flood,rate=1M", Driver::by_hand());
  driver.start(test_mac(1));
  driver.pump();
  const uint64_t before = driver.counter("peerSent");
  for (unsigned i = 0; i < 100; ++i) {
    driver.now += 1000;
    driver.pump();
  }
  CHECK_EQ(driver.counter("peerSent"), before + 100);
  CHECK_EQ(driver.counter("rxNoDescriptor"), driver.counter("peerSent") - 31);
  CHECK_EQ(driver.device().next_event(), driver.now + 1000);
}

TEST(flood_frames_that_are_too_long_are_filtered) {
  Driver driver("emu:flood,peer=flood,size=2026", Driver::by_hand());
  driver.start(test_mac(1));
  driver.pump();
  CHECK(!driver.rx_ready());
  CHECK_EQ(driver.counter("filteredFrames"), driver.counter("peerSent"));
  CHECK_EQ(driver.counter("filteredTooLong"), driver.counter("peerSent"));
  // They go on, although the driver rings no doorbell: whoever counts sees that something arrives.
  const uint64_t before = driver.counter("peerSent");
  const uint64_t next = driver.device().next_event();
  CHECK(next > driver.now && next != kNever);
  driver.now = next;
  driver.pump();
  CHECK_EQ(driver.counter("peerSent"), before + 1);
  driver.request({mbx::kSetLpe, 2030});
  driver.pump();
  CHECK_EQ(driver.receive().bytes.size(), 2026u);
}
