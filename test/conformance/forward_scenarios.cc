#include <cstring>

#include "scenario.h"

namespace pmd::conformance {

namespace {

/// Takes what `port` has received and sends it back to where it came from, without a copy. Returns how many.
uint32_t reflect(Station& port, uint32_t max) {
  Burst& burst = port.incoming();
  port.rx().receive(burst, max);
  for (uint32_t i = 0; i < burst.count(); ++i) {
    std::byte* frame = port.cache().pool().buffer(burst.index()[i]) + burst.offset()[i];
    std::byte address[6];
    std::memcpy(address, frame, sizeof(address));
    std::memcpy(frame, frame + 6, sizeof(address));
    std::memcpy(frame + 6, address, sizeof(address));
  }
  const int32_t sent = port.tx().send(burst);
  expect(sent >= 0, "the reflecting send was not refused");
  return static_cast<uint32_t>(sent);
}

Bytes reflected(const Bytes& frame) {
  Bytes back(frame);
  std::copy(frame.begin(), frame.begin() + 6, back.begin() + 6);
  std::copy(frame.begin() + 6, frame.begin() + 12, back.begin());
  return back;
}

}  // namespace

SCENARIO(forward, shared_pool_without_a_copy) {
  auto [a, b] = bench.open_pair();
  const Bytes frame = make_frame(b.mac(), a.mac(), 700, 1);
  a.send_one(frame);
  expect(eventually([&] { return b.rx().receive(b.incoming(), 1) == 1; }), "the frame arrives");
  const uint32_t buffer = b.incoming().index()[0];
  // Received on b's port, sent on a's: both reach the buffer.
  std::byte* data = a.cache().pool().buffer(buffer) + kHeadroom;
  expect(std::memcmp(data, frame.data(), frame.size()) == 0, "the buffer holds the frame");
  expect_equal(a.tx().send(b.incoming()), 1, "b's frame is sent by a");
  expect_equal(owner::load(a.cache().pool().owners()[buffer]), owner::kDriver,
               "the very buffer is the driver's");
  expect_frames(b.receive(1), {frame});
}

SCENARIO(forward, received_frames_go_back) {
  auto [a, b] = bench.open_pair({.rx_ring = 128, .tx_ring = 128}, {.rx_ring = 128, .tx_ring = 128});
  for (uint32_t round = 0; round < 40; ++round) {
    std::vector<Bytes> frames, expected;
    for (uint32_t i = 0; i < 50; ++i) {
      frames.push_back(make_frame(b.mac(), a.mac(), 60 + (round * 50 + i) * 13 % 1455, round * 50 + i));
      expected.push_back(reflected(frames.back()));
    }
    a.send(frames);
    uint32_t back = 0;
    expect(eventually([&] { return (back += reflect(b, 64)) == 50; }), "all frames were reflected");
    expect_frames(a.receive(50), expected);
  }
}

SCENARIO(forward, strip_and_prepend_in_place) {
  auto [a, b] = bench.open_pair();
  const Bytes frame = make_frame(b.mac(), a.mac(), 200, 1);
  a.send_one(frame);
  expect(eventually([&] { return b.rx().receive(b.incoming(), 1) == 1; }), "the frame arrives");
  // 20 bytes in front of it, out of the headroom, then a header of our own.
  Burst& burst = b.incoming();
  burst.offset()[0] = static_cast<uint16_t>(burst.offset()[0] - 20);
  burst.length()[0] = static_cast<uint16_t>(burst.length()[0] + 20);
  const Bytes header = make_frame(a.mac(), b.mac(), 20, 2);
  std::memcpy(b.cache().pool().buffer(burst.index()[0]) + burst.offset()[0], header.data(), header.size());
  expect_equal(b.tx().send(burst), 1, "frames sent back");
  Bytes expected(header);
  expected.insert(expected.end(), frame.begin(), frame.end());
  expect_frames(a.receive(1), {expected});
}

SCENARIO(forward, both_ways_at_once) {
  auto [a, b] = bench.open_pair();
  for (uint32_t round = 0; round < 20; ++round) {
    std::vector<Bytes> there, back;
    for (uint32_t i = 0; i < 40; ++i) {
      there.push_back(make_frame(b.mac(), a.mac(), 300 + i, round * 100 + i));
      back.push_back(make_frame(a.mac(), b.mac(), 800 + i, round * 100 + i));
    }
    a.send(there);
    b.send(back);
    expect_frames(b.receive(40), there);
    expect_frames(a.receive(40), back);
  }
}

SCENARIO(forward, close_with_frames_held_and_in_flight) {
  auto [a, b] = bench.open_pair();
  a.send(std::vector<Bytes>(40, make_frame(b.mac(), a.mac(), 1000, 1)));
  expect(eventually([&] {
           b.rx().receive(b.incoming(), 10 - b.incoming().count());
           return b.incoming().count() == 10;
         }),
         "ten frames are held");
  for (uint32_t i = 0; i < 20; ++i) a.put(a.outgoing(), make_frame(b.mac(), a.mac(), 1500, i));
  expect_equal(a.tx().send(a.outgoing()), 20, "frames sent at the last moment");
  a.port().close();
  b.port().close();
  const PacketPool::Usage usage = b.cache().pool().usage();
  expect_equal(usage.application, 10u, "frames that the application still holds");
  expect_equal(usage.rx_rings + usage.tx_rings, 0u, "buffers in rings of closed ports");
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing after the close");
}

SCENARIO(forward, other_port_goes_on_when_one_is_closed) {
  auto [a, b] = bench.open_pair();
  expect_traffic(a, b);
  bench.close(a);
  b.send(std::vector<Bytes>(100, make_frame(kStranger, b.mac(), 500, 1)));
  b.drain_tx();
  Station& again = bench.open(0);
  expect_traffic(again, b);
}

}  // namespace pmd::conformance
