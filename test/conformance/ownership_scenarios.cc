#include <thread>

#include "scenario.h"

namespace pmd::conformance {

namespace {

constexpr uint32_t kFrames = 5;

void fill(Station& from, Station& to) {
  for (uint32_t i = 0; i < kFrames; ++i) from.put(from.outgoing(), make_frame(to.mac(), from.mac(), 100, i));
}

/// The burst is refused because of `entry`, and everything is as it was: nothing sent, nothing freed.
void expect_refused(Station& from, Refusal why, uint32_t entry) {
  Burst& burst = from.outgoing();
  const PacketPool::Usage before = from.cache().pool().usage();
  const uint64_t bells = from.observations().tx_doorbells;
  const uint32_t count = burst.count();
  expect_equal(from.tx().send(burst), refuse(why), "the send");
  expect_equal(from.tx().bad_entry(), entry, "the entry that is to blame");
  expect_equal(burst.count(), count, "frames in the burst afterwards");
  expect_equal(from.observations().tx_doorbells - bells, 0u, "doorbells");
  const PacketPool::Usage after = from.cache().pool().usage();
  expect_equal(after.application, before.application, "buffers held afterwards");
  expect_equal(after.tx_rings, before.tx_rings, "buffers in TX rings afterwards");
}

/// Puts the right index back, and the burst goes out whole.
void expect_sent_after_repair(Station& from, Station& to, uint32_t entry, uint32_t buffer) {
  from.outgoing().index()[entry] = buffer;
  expect_equal(from.tx().send(from.outgoing()), static_cast<int32_t>(kFrames),
               "frames sent after the repair");
  to.receive(kFrames);
}

}  // namespace

SCENARIO(ownership, released_frame_is_not_sent) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  Burst other(8, a.cache());
  other.allocate(1);
  const uint32_t released = other.index()[0];
  expect_equal(other.release(), Burst::kNoEntry, "releasing");
  const uint32_t mine = std::exchange(a.outgoing().index()[3], released);
  expect_refused(a, Refusal::kNotOwner, 3);
  expect_sent_after_repair(a, b, 3, mine);
}

SCENARIO(ownership, same_frame_twice_is_refused) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  const uint32_t mine = std::exchange(a.outgoing().index()[4], a.outgoing().index()[1]);
  expect_refused(a, Refusal::kNotOwner, 4);
  expect_sent_after_repair(a, b, 4, mine);
}

SCENARIO(ownership, index_outside_of_the_pool_is_refused) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  const uint32_t mine = a.outgoing().index()[0];
  for (const uint32_t index : {a.cache().pool().buffers(), UINT32_MAX, 0x80000000u}) {
    a.outgoing().index()[0] = index;
    expect_refused(a, Refusal::kNotOwner, 0);
  }
  expect_sent_after_repair(a, b, 0, mine);
}

SCENARIO(ownership, ring_buffer_is_not_sent) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  // Buffers are handed out in their order, and the rings were filled first.
  const uint32_t in_ring = 0;
  expect_equal(owner::load(a.cache().pool().owners()[in_ring]), owner::kDriver,
               "the owner of a buffer in a ring");
  const uint32_t mine = std::exchange(a.outgoing().index()[2], in_ring);
  expect_refused(a, Refusal::kNotOwner, 2);
  expect_sent_after_repair(a, b, 2, mine);
}

SCENARIO(ownership, bad_length_late_in_a_burst_sends_nothing) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  a.outgoing().length()[4] = 5000;
  expect_refused(a, Refusal::kFrameLength, 4);
  a.outgoing().length()[4] = 100;
  expect_sent_after_repair(a, b, 4, a.outgoing().index()[4]);
}

SCENARIO(ownership, frame_in_flight_is_not_sent_again) {
  auto [a, b] = bench.open_pair();
  fill(a, b);
  Burst again(8, a.cache());
  const uint32_t sent = a.outgoing().index()[0];
  expect_equal(a.tx().send(a.outgoing()), static_cast<int32_t>(kFrames), "frames sent");
  again.index()[0] = sent;
  again.length()[0] = 100;
  again.offset()[0] = kHeadroom;
  again.set_count(1);
  expect_equal(a.tx().send(again), refuse(Refusal::kNotOwner), "sending a frame that was sent");
  again.set_count(0);
  b.receive(kFrames);
}

SCENARIO(ownership, double_release_is_refused) {
  auto [a, b] = bench.open_pair();
  a.send_one(make_frame(b.mac(), a.mac(), 100, 1));
  expect(eventually([&] { return b.rx().receive(b.incoming(), 1) == 1; }), "a frame arrives");
  const uint32_t buffer = b.incoming().index()[0];
  expect_equal(b.incoming().release(), Burst::kNoEntry, "the first release");
  const uint32_t free = b.cache().pool().usage().free;
  b.incoming().index()[0] = buffer;
  b.incoming().set_count(1);
  expect_equal(b.incoming().release(), 0u, "the entry that the second release blames");
  expect_equal(b.cache().pool().usage().free, free, "free buffers afterwards");
  b.incoming().set_count(0);
  expect_traffic(a, b);
}

SCENARIO(ownership, release_with_one_bad_entry_releases_nothing) {
  auto [a, b] = bench.open_pair();
  Burst burst(16, a.cache());
  expect_equal(burst.allocate(10), 10u, "frames allocated");
  const uint32_t mine = burst.index()[7];
  for (const uint32_t index : {burst.index()[2], 0xFFFFFFFFu, a.cache().pool().buffers()}) {
    burst.index()[7] = index;
    expect_equal(burst.release(), 7u, "the entry that the release blames");
    expect_equal(a.cache().pool().usage().application, 10u, "frames still held");
  }
  burst.index()[7] = mine;
  expect_equal(burst.release(), Burst::kNoEntry, "the release after the repair");
  expect_traffic(a, b);
}

SCENARIO(ownership, burst_of_another_pool_is_refused) {
  PoolCache& other = bench.make_pool(512);
  auto [a, b] = bench.open_pair();
  Burst foreign(8, other);
  expect_equal(foreign.allocate(3), 3u, "frames of the other pool");
  for (uint32_t i = 0; i < 3; ++i) foreign.length()[i] = 60;
  expect_equal(a.tx().send(foreign), refuse(Refusal::kPoolMismatch), "sending another pool's frames");
  expect_equal(foreign.count(), 3u, "frames in the burst afterwards");
  expect_equal(a.rx().receive(foreign, 8), refuse(Refusal::kPoolMismatch),
               "receiving into another pool's burst");
  expect_equal(foreign.release(), Burst::kNoEntry, "releasing them");
  expect_traffic(a, b);
}

SCENARIO(ownership, another_thread_is_refused) {
  auto [a, b] = bench.open_pair();
  bool attached = true;
  int32_t sent = 0, received = 0;
  std::thread([&, &a = a] {
    PoolCache cache(a.cache().shared_pool());
    attached = a.tx().attach(cache) || a.rx().attach(cache);
    Burst burst(8, cache);
    burst.allocate(1);
    burst.length()[0] = 60;
    sent = a.tx().send(burst);
    received = a.rx().receive(burst, 1);
    burst.release();
  }).join();
  expect(!attached, "a queue is not given to a second thread");
  expect_equal(sent, refuse(Refusal::kPoolMismatch), "a second thread's send");
  expect_equal(received, refuse(Refusal::kPoolMismatch), "a second thread's receive");
  expect_traffic(a, b);
}

SCENARIO(ownership, queue_moves_to_another_thread_when_given_up) {
  auto [a, b] = bench.open_pair();
  const Bytes frame = make_frame(b.mac(), a.mac(), 100, 1);
  a.tx().detach(a.cache());
  int32_t sent = 0;
  std::thread([&, &a = a] {
    PoolCache cache(a.cache().shared_pool());
    if (!a.tx().attach(cache)) return;
    Burst burst(8, cache);
    a.put(burst, {});
    std::copy(frame.begin(), frame.end(), cache.pool().buffer(burst.index()[0]) + kHeadroom);
    burst.length()[0] = static_cast<uint16_t>(frame.size());
    sent = a.tx().send(burst);
    eventually([&] {
      a.tx().reclaim();
      return a.tx().pending() == 0;
    });
    a.tx().detach(cache);
  }).join();
  expect_equal(sent, 1, "frames sent by the other thread");
  expect(a.tx().attach(a.cache()), "the queue comes back");
  expect_frames(b.receive(1), {frame});
  expect_traffic(a, b);
}

SCENARIO(ownership, closed_port_refuses_bursts_and_requests) {
  auto [a, b] = bench.open_pair();
  a.put(a.outgoing(), make_frame(b.mac(), a.mac(), 100, 1));
  a.port().close();
  expect_equal(a.tx().send(a.outgoing()), refuse(Refusal::kClosed), "a send");
  expect_equal(a.outgoing().count(), 1u, "frames in the burst afterwards");
  expect_equal(a.rx().receive(a.incoming(), 8), refuse(Refusal::kClosed), "a receive");
  expect_equal(a.tx().reclaim(), 0u, "a reclaim");
  expect_error(
      ErrorCode::kClosed, [&] { a.set_mtu(1400); }, "a request");
  expect_error(
      ErrorCode::kClosed, [&] { a.port().refresh(); }, "a look at the device");
  a.port().close();
  expect(a.port().state() == PortState::kClosed, "the port is closed");
}

}  // namespace pmd::conformance
