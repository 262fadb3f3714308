#include "emulation_fixture.h"

// The data side of the emulation: transmit, receive, filters, wire, flood peer. All stepped by hand.

using namespace fixture;
namespace mbx = igb::mbx;
namespace status = igb::rx_status;

namespace {

constexpr Mac kGroup{0x01, 0x00, 0x5E, 0x01, 0x02, 0x03};

Bytes tagged(Bytes frame, uint16_t tci) {
  const uint8_t tag[] = {0x81, 0x00, static_cast<uint8_t>(tci >> 8), static_cast<uint8_t>(tci)};
  frame.insert(frame.begin() + 12, tag, tag + 4);
  return frame;
}

}  // namespace

TEST(a_frame_crosses_the_wire) {
  Pair pair;
  Bytes frame = frame_to(test_mac(2), test_mac(1), 61);
  frame[60] = 0xEE;
  const uint32_t slot = pair.a.send(frame);
  CHECK(!pair.a.tx_done(slot));  // nothing moves inside the register write
  pair.settle();
  CHECK(pair.a.tx_done(slot));
  const Received received = pair.b.receive();
  CHECK(received.bytes == frame);
  CHECK_EQ(received.status, status::DD | status::EOP);
  CHECK_EQ(pair.a.read(regs::TDH), 1u);
  CHECK_EQ(pair.b.read(regs::RDH), 1u);
  CHECK(!pair.a.rx_ready());  // its own frame does not come back
}

TEST(receive_pads_what_was_short_on_the_wire) {
  Pair pair;
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 20, 0xFF);
  pair.a.send(frame);
  pair.settle();
  Bytes padded = frame;
  padded.resize(60, 0);
  CHECK(pair.b.receive().bytes == padded);
  CHECK_EQ(pair.a.read(regs::VFGOTC), 24u);
}

TEST(rings_wrap_and_one_descriptor_stays_unposted) {
  Pair pair;
  for (uint32_t i = 0; i < 200; ++i) {
    const Bytes frame = frame_to(test_mac(2), test_mac(1), 60 + i, static_cast<uint8_t>(i));
    pair.a.send(frame);
    pair.settle(1);
    CHECK(pair.b.receive().bytes == frame);
  }
  // Nothing given back: 31 of 32 are taken, then frames are dropped.
  for (uint32_t i = 0; i < 40; ++i) {
    pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
    pair.settle(1);
  }
  CHECK_EQ(pair.b.counter("rxNoDescriptor"), 9u);
  CHECK_EQ(pair.b.read(regs::RQDPC), 9u);
  CHECK_EQ(pair.b.read(regs::RQDPC), 0u);
  CHECK_EQ(pair.b.read(regs::RDH), pair.b.read(regs::RDT));
}

TEST(report_status_only_where_asked) {
  Pair pair;
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 60);
  const uint32_t first = pair.a.queue(frame);
  pair.a.tx(first).cmd_type_length &= ~cmd::RS;
  const uint32_t second = pair.a.queue(frame);
  pair.a.ring_tx();
  pair.settle();
  CHECK(!pair.a.tx_done(first));
  CHECK(pair.a.tx_done(second));
  CHECK_EQ(pair.a.counter("txReportStatus"), 1u);
  CHECK_EQ(pair.a.counter("txDescriptors"), 2u);
  CHECK_EQ(pair.a.counter("tdtWrites"), 2u);  // one was the zero of the start
}

TEST(head_write_back_takes_the_place_of_dd) {
  Pair pair;
  const uint64_t where = pair.a.tx_address(31) + 1024;
  pair.a.write(regs::TDWBAL, static_cast<uint32_t>(where) | regs::tdwbal::HEAD_WB_ENABLE);
  pair.a.write(regs::TDWBAH, static_cast<uint32_t>(where >> 32));
  CHECK_EQ(pair.a.read(regs::TDWBAL), static_cast<uint32_t>(where) | 1);
  const uint32_t slot = pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  uint32_t head = 0;
  std::memcpy(&head, pair.a.host(where), 4);
  CHECK_EQ(head, 1u);
  CHECK(!pair.a.tx_done(slot));
}

TEST(transmit_gathers_descriptors) {
  Pair pair;
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 300, 0x11);
  const uint32_t slot = pair.a.load(frame);
  const uint64_t address = pair.a.tx_address(slot);
  const uint32_t part = cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS;
  pair.a.put(address, part | 14, 300u << igb::tx_status::kPayloadLengthShift);
  pair.a.put(address + 14, part | 100, 0);
  pair.a.ring_tx();
  pair.settle();
  CHECK(!pair.b.rx_ready());  // the end of the frame is still to come
  pair.a.put(address + 114, kData | 186, 0);
  pair.a.ring_tx();
  pair.settle();
  CHECK(pair.b.receive().bytes == frame);
  CHECK(pair.a.tx_done(slot + 2) && !pair.a.tx_done(slot));
}

TEST(vlan_is_inserted_from_the_context) {
  Pair pair;
  pair.b.request({mbx::kSetVlan | 1 << 16, 0x123});
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 64);
  const auto send = [&](uint32_t context) {
    const uint32_t slot = pair.a.queue(frame, cmd::VLE);
    pair.a.tx(slot).olinfo_status |= context << 4;
    pair.a.ring_tx();
    pair.settle();
  };
  send(1);
  CHECK_EQ(pair.a.counter("txMalformed"), 1u);  // no such context yet
  pair.a.put(uint64_t{0x6123} << 16 | 14 << 9, cmd::DTYP_CONTEXT | cmd::DEXT, 1 << 4);
  send(1);
  const Received received = pair.b.receive();
  CHECK(received.bytes == frame);
  CHECK_EQ(received.status, status::DD | status::EOP | status::VP);
  CHECK_EQ(received.vlan, 0x6123);
  CHECK_EQ(pair.b.read(regs::VFGORC), 64u + 4 + 4);
}

TEST(second_transmit_queue_works) {
  Pair pair;
  const uint64_t ring = pair.a.rx_address(0) - 16 * 32;  // the memory of TX ring 0, which this test does not use
  pair.a.write(regs::TXDCTL, 0);
  pair.a.write(regs::TDBAL, static_cast<uint32_t>(ring), 1);
  pair.a.write(regs::TDBAH, static_cast<uint32_t>(ring >> 32), 1);
  pair.a.write(regs::TDLEN, 32 * 16, 1);
  pair.a.write(regs::TXDCTL, regs::dctl::ENABLE, 1);
  const Bytes frame = frame_to(test_mac(2), test_mac(1), 80);
  const uint32_t slot = pair.a.queue(frame);
  pair.a.write(regs::TDT, 1, 1);
  pair.settle();
  CHECK(pair.a.tx_done(slot));
  CHECK(pair.b.receive().bytes == frame);
}

TEST(what_transmit_refuses_is_dropped_counted_and_done) {
  Pair pair;
  const Bytes good = frame_to(test_mac(2), test_mac(1), 60);
  const auto bad = [&](auto&& spoil) {
    const uint32_t slot = pair.a.queue(good);
    spoil(pair.a.tx(slot));
    pair.a.ring_tx();
    pair.settle(2);
    CHECK(pair.a.tx_done(slot));
  };
  const auto with_length = [](uint32_t length) {
    return [length](igb::TxDescriptor& d) {
      d.cmd_type_length = kData | length;
      d.olinfo_status = length << igb::tx_status::kPayloadLengthShift;
    };
  };
  bad(with_length(0));
  bad(with_length(13));
  bad([](auto& d) { d.olinfo_status = 61 << igb::tx_status::kPayloadLengthShift; });
  bad([](auto& d) { d.cmd_type_length &= ~cmd::IFCS; });
  CHECK_EQ(pair.a.counter("txMalformed"), 4u);
  bad([](auto& d) { d.cmd_type_length |= cmd::TSE; });
  bad([](auto& d) { d.olinfo_status |= 0x200; });
  bad([](auto& d) { d.olinfo_status |= 0x100; });
  CHECK_EQ(pair.a.counter("txUnsupported"), 3u);
  CHECK_EQ(pair.a.counter("dmaFaults"), 0u);
  bad([](auto& d) { d.address = 0; });
  bad([&](auto& d) { d.address = reinterpret_cast<uint64_t>(pair.a.host(d.address)); });
  CHECK_EQ(pair.a.counter("dmaFaults"), 2u);
  CHECK_EQ(pair.a.counter("txLostToFaults"), 2u);
  CHECK_EQ(pair.a.read(regs::VFGPTC), 0u);
  CHECK(!pair.b.rx_ready());
  pair.a.send(good);
  pair.settle();
  CHECK(pair.b.receive().bytes == good);
}

TEST(frames_beyond_every_limit_are_dropped) {
  Pair pair;
  const uint32_t part = cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS;
  for (unsigned i = 0; i < 9; ++i) pair.a.put(pair.a.tx_address(0), part | 2000, 0);
  pair.a.put(pair.a.tx_address(0), kData | 2000, 0);
  pair.a.ring_tx();
  pair.settle();
  CHECK_EQ(pair.a.counter("txMalformed"), 1u);
  CHECK_EQ(pair.a.read(regs::TDH), 10u);
}

TEST(unmapped_rings_are_faults) {
  Pair pair;
  pair.a.write(regs::TDBAH, 0x7F);
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK_EQ(pair.a.counter("dmaFaults"), 2u);
  CHECK_EQ(pair.a.read(regs::TDH), 2u);
  pair.b.write(regs::RDBAH, 0x7F);
  pair.a.start(test_mac(1));
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK_EQ(pair.b.counter("dmaFaults"), 1u);
}

TEST(receive_buffer_outside_the_mapping_leaves_memory_alone) {
  Pair pair;
  pair.b.rx(0).read.packet_address = 0x1000;
  std::memset(pair.b.host(pair.b.rx_address(0)), 0x77, 60);
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  const Received received = pair.b.receive();
  CHECK_EQ(received.status, status::DD | status::EOP);  // a fault is silent to the driver
  CHECK(received.bytes == Bytes(60, 0x77));
  CHECK_EQ(pair.b.counter("dmaFaults"), 1u);
}

TEST(large_frames_scatter_and_only_the_last_descriptor_tells) {
  Pair pair;
  pair.b.request({mbx::kSetLpe, 4000});
  pair.b.write(regs::SRRCTL, regs::srrctl::ADV_ONE_BUFFER | 1);
  Bytes frame = frame_to(test_mac(2), test_mac(1), 1025);
  frame[1024] = 0x42;
  pair.a.send(frame);
  pair.settle();
  const Received head = pair.b.receive();
  const Received tail = pair.b.receive();
  CHECK_EQ(head.status, status::DD + 0u);
  CHECK_EQ(head.bytes.size(), 1024u);
  CHECK_EQ(tail.status, status::DD | status::EOP);
  CHECK(tail.bytes == Bytes{0x42});
  // A frame that does not fit into what is posted takes nothing.
  pair.b.write(regs::RDT, pair.b.rx_next() + 1);
  pair.a.send(frame);
  pair.settle();
  CHECK(!pair.b.rx_ready());
  CHECK_EQ(pair.b.counter("rxNoDescriptor"), 1u);
  // BSIZEPACKET 0 is 2048.
  pair.b.write(regs::RDT, (pair.b.rx_next() + 31) % 32);
  pair.b.write(regs::SRRCTL, regs::srrctl::ADV_ONE_BUFFER);
  pair.a.send(frame);
  pair.settle();
  CHECK_EQ(pair.b.receive().bytes.size(), 1025u);
}

TEST(length_limit_is_lpe_with_crc) {
  Pair pair;
  const auto arrives = [&](const Bytes& frame) {
    pair.a.send(frame);
    pair.settle(2);
    return pair.b.receive().status != 0;
  };
  const Mac from = test_mac(1);
  const Mac to = test_mac(2);
  pair.b.request({mbx::kSetVlan | 1 << 16, 5});
  CHECK(arrives(frame_to(to, from, 1514)));
  CHECK(!arrives(frame_to(to, from, 1515)));
  CHECK(arrives(tagged(frame_to(to, from, 1514), 5)));
  CHECK(!arrives(tagged(frame_to(to, from, 1515), 5)));
  pair.b.request({mbx::kSetLpe, 1522});
  CHECK(arrives(frame_to(to, from, 1518)));
  CHECK(!arrives(frame_to(to, from, 1519)));
  CHECK_EQ(pair.b.counter("filteredFrames"), 3u);
}

TEST(filter_by_address) {
  Pair pair;
  const auto arrives = [&](const Mac& to) {
    pair.a.send(frame_to(to, test_mac(1), 60));
    pair.settle(2);
    return pair.b.receive().status != 0;
  };
  CHECK(arrives(test_mac(2)));
  CHECK(!arrives(test_mac(3)));
  CHECK(!arrives({}));
  CHECK(arrives(kBroadcast));
  CHECK(!arrives(kGroup));
  pair.b.request({mbx::kSetMulticast | 1 << 16, multicast_hash(kGroup)});
  CHECK(arrives(kGroup));
  CHECK(!arrives({0x01, 0, 0x5E, 0x01, 0x02, 0x13}));
  pair.b.request({mbx::kSetPromisc | mbx::kPromiscMulticast});
  CHECK(arrives({0x01, 0, 0x5E, 0x01, 0x02, 0x13}));
  CHECK_EQ(pair.b.read(regs::VFMPRC), 2u);  // broadcast is not multicast
  CHECK_EQ(pair.b.counter("filteredFrames"), 4u);
}

TEST(filter_by_vlan_and_strip) {
  Pair pair;
  const Bytes plain = frame_to(test_mac(2), test_mac(1), 60);
  const auto send = [&](const Bytes& frame) {
    pair.a.send(frame);
    pair.settle(2);
    return pair.b.receive();
  };
  CHECK_EQ(send(tagged(plain, 7)).status, 0u);
  pair.b.request({mbx::kSetVlan | 1 << 16, 0});
  // VID 0 registered, nothing stripped.
  CHECK(send(tagged(plain, 0)).bytes == tagged(plain, 0));
  pair.b.request({mbx::kSetVlan | 1 << 16, 7});
  const Received stripped = send(tagged(plain, 0xA007));
  CHECK(stripped.bytes == plain);
  CHECK_EQ(stripped.vlan, 0xA007);
  CHECK(stripped.status & status::VP);
  CHECK_EQ(send(tagged(plain, 8)).status, 0u);
  CHECK_EQ(send(plain).status, status::DD | status::EOP);
  pair.b.request({mbx::kSetVlan, 7});
  CHECK_EQ(send(tagged(plain, 7)).status, 0u);
}

TEST(statistics_wrap_and_count_the_crc) {
  Pair pair;
  pair.a.device().set_statistics({.packets_transmitted = 0xFFFFFFFF, .octets_transmitted = 0xFFFFFFF0});
  pair.b.device().set_statistics({.packets_received = 0xFFFFFFFF, .octets_received = 0xFFFFFF00});
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK_EQ(pair.a.read(regs::VFGPTC), 0u);
  CHECK_EQ(pair.a.read(regs::VFGOTC), 48u);
  CHECK_EQ(pair.b.read(regs::VFGPRC), 0u);
  CHECK_EQ(pair.b.read(regs::VFGORC), 0xFFFFFF40u);
}

TEST(nothing_moves_before_its_time) {
  Driver driver("emu:early,peer=flood", Driver::by_hand());
  const Bytes frame = frame_to(kFloodPeerMac, test_mac(1), 60);
  const auto quiet = [&](uint32_t slot) {
    driver.settle();
    return !driver.tx_done(slot) && !driver.rx_ready();
  };
  driver.program_rings();
  driver.bus().set_bus_master(true);
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
  driver.bus().set_bus_master(false);
  driver.ring_tx();
  driver.settle();
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  driver.bus().set_bus_master(true);
  driver.settle();
  CHECK_EQ(driver.counter("peerReceived"), 2u);
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
}

TEST(delay_is_exact_and_what_is_on_the_way_is_lost_with_its_end) {
  Pair pair("emu:delayed,delay=3ms");
  pair.b.~Driver();
  new (&pair.b) Driver("emu:delayed", Driver::by_hand());
  pair.b.start(test_mac(2));
  const uint64_t start = pair.a.now;
  pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle(1);
  CHECK_EQ(pair.b.device().next_event(), start + 3'000'000);
  pair.at(start + 2'999'999);
  pair.settle();
  CHECK(!pair.b.rx_ready());
  pair.at(start + 3'000'000);
  pair.settle();
  CHECK(pair.b.rx_ready());
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
  driver.request({mbx::kSetLpe, 2030});
  driver.pump();
  CHECK_EQ(driver.receive().bytes.size(), 2026u);
}
