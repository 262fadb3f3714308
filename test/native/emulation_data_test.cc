#include "emulation_fixture.h"

// The data side of the emulation: transmit, receive, filters, time and order. All stepped by hand.

using namespace fixture;
namespace mbx = igb::mbx;
namespace status = igb::rx_status;

namespace {

constexpr MacAddress kGroup{0x01, 0x00, 0x5E, 0x01, 0x02, 0x03};

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
  const uint64_t ring =
      pair.a.rx_address(0) - 16 * 32;  // the memory of TX ring 0, which this test does not use
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
  bad([](auto& d) { d.cmd_type_length |= cmd::TSE; });  // without a context
  bad([](auto& d) { d.olinfo_status |= igb::tx_status::TXSM; });
  bad([](auto& d) { d.olinfo_status |= igb::tx_status::IXSM; });
  CHECK_EQ(pair.a.counter("txMalformed"), 7u);
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

TEST(a_fault_in_an_unfinished_frame_is_counted_once) {
  Pair pair;
  pair.a.put(0, cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS | 100, 160u << igb::tx_status::kPayloadLengthShift);
  pair.a.ring_tx();
  pair.settle();
  pair.a.put(pair.a.tx_address(0), kData | 60, 0);
  pair.a.ring_tx();
  pair.settle();
  CHECK_EQ(pair.a.counter("dmaFaults"), 1u);
  CHECK_EQ(pair.a.counter("txLostToFaults"), 1u);
  CHECK_EQ(pair.a.read(regs::TDH), 2u);
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
  const MacAddress from = test_mac(1);
  const MacAddress to = test_mac(2);
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
  const auto arrives = [&](const MacAddress& to) {
    pair.a.send(frame_to(to, test_mac(1), 60));
    pair.settle(2);
    return pair.b.receive().status != 0;
  };
  CHECK(arrives(test_mac(2)));
  CHECK(!arrives(test_mac(3)));
  CHECK(!arrives({}));
  CHECK(arrives(kBroadcast));
  CHECK(!arrives(kGroup));
  pair.b.request({mbx::kSetMulticast | 1 << 16, mbx::multicast_hash(kGroup)});
  CHECK(arrives(kGroup));
  CHECK(!arrives({0x01, 0, 0x5E, 0x01, 0x02, 0x13}));
  pair.b.request({mbx::kSetPromisc | mbx::kPromiscMulticast});
  CHECK(arrives({0x01, 0, 0x5E, 0x01, 0x02, 0x13}));
  CHECK_EQ(pair.b.read(regs::VFMPRC), 2u);  // broadcast is not multicast
  CHECK_EQ(pair.b.counter("filteredFrames"), 4u);
}

TEST(only_the_last_descriptor_of_a_frame_reports_its_headers) {
  Pair pair;
  pair.b.write(regs::SRRCTL, regs::srrctl::ADV_ONE_BUFFER | 1);
  Bytes frame = frame_to(test_mac(2), test_mac(1), 1400, 0);
  const uint8_t ipv4[] = {0x08, 0x00, 0x45, 0, 0x05, 0x6A, 0, 0, 0, 0, 64, 17, 0, 0};
  std::copy(std::begin(ipv4), std::end(ipv4), frame.begin() + 12);
  pair.a.send(frame);
  pair.settle(2);
  const igb::RxWriteBack first = pair.b.rx(0).wb;
  CHECK_EQ(first.status_error, status::DD);
  CHECK_EQ(first.packet_info, 0u);
  const igb::RxWriteBack last = pair.b.rx(1).wb;
  CHECK_EQ(last.status_error, status::DD | status::EOP | status::IPCS | status::IPE);
  CHECK_EQ(last.packet_info, igb::rx_type::IPV4 | igb::rx_type::UDP);
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
  // Priority-tagged: a VF is in VLAN 0 unasked, and nothing is stripped.
  CHECK(send(tagged(plain, 0xE000)).bytes == tagged(plain, 0xE000));
  pair.b.request({mbx::kSetVlan | 1 << 16, 7});
  const Received stripped = send(tagged(plain, 0xA007));
  CHECK(stripped.bytes == plain);
  CHECK_EQ(stripped.vlan, 0xA007);
  CHECK(stripped.status & status::VP);
  CHECK_EQ(send(tagged(plain, 8)).status, 0u);
  CHECK_EQ(send(plain).status, status::DD | status::EOP);
  pair.b.request({mbx::kSetVlan, 7});
  CHECK_EQ(send(tagged(plain, 7)).status, 0u);
  CHECK_EQ(send(tagged(plain, 0xE000)).vlan, 0xE000);
  pair.b.request({mbx::kSetVlan | 1 << 16, 0});
  CHECK(send(tagged(plain, 0xE000)).bytes == tagged(plain, 0xE000));  // stripping ends with this request
  // Padding is part of the frame when it is filtered: the tag of these 16 bytes is VLAN 0's.
  Bytes short_frame = frame_to(test_mac(2), test_mac(1), 14);
  short_frame[12] = 0x81;
  short_frame[13] = 0;
  short_frame.resize(60);
  CHECK(send({short_frame.begin(), short_frame.begin() + 14}).bytes == short_frame);
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
