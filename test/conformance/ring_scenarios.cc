#include "scenario.h"

namespace pmd::conformance {

namespace {

std::vector<Bytes> numbered(Station& from, Station& to, uint32_t count, uint32_t first = 0,
                            uint32_t length = 100) {
  std::vector<Bytes> frames;
  for (uint32_t i = 0; i < count; ++i) frames.push_back(make_frame(to.mac(), from.mac(), length, first + i));
  return frames;
}

/// Sends `total` frames in portions that fit the ring, and checks each.
void stream(Station& from, Station& to, uint32_t total, uint32_t portion) {
  const MacAddress to_mac = to.mac(), from_mac = from.mac();
  for (uint32_t done = 0; done < total;) {
    const uint32_t count = std::min(portion, total - done);
    std::vector<Bytes> frames;
    for (uint32_t i = 0; i < count; ++i)
      frames.push_back(make_frame(to_mac, from_mac, 60 + (done + i) * 37 % 1455, done + i));
    from.send(frames);
    expect_frames(to.receive(count), frames);
    done += count;
  }
}

/// Puts a frame of up to kHeadroom bytes where it crosses no page: such frames take one descriptor each.
void put_in_one_piece(Station& station, const Bytes& frame) {
  const PacketPool& pool = station.cache().pool();
  station.put(station.outgoing(), frame, 0);
  const uint32_t entry = station.outgoing().count() - 1;
  const size_t at =
      static_cast<size_t>(pool.buffer(station.outgoing().index()[entry]) - pool.region()->data());
  const size_t page = pool.region()->page_size();
  if (at / page == (at + frame.size() - 1) / page) return;
  // The boundary is within the first bytes of the buffer: behind them there is none.
  std::copy(frame.begin(), frame.end(), pool.buffer(station.outgoing().index()[entry]) + kHeadroom);
  station.outgoing().offset()[entry] = kHeadroom;
}

void wrap(Bench& bench, uint32_t size) {
  const StationOptions options{.rx_ring = size, .tx_ring = size};
  auto [a, b] = bench.open_pair(options, options);
  // Three and a half times round, in portions that share no factor with the size: every slot is first and
  // last of one.
  stream(a, b, size * 7 / 2, size < 100 ? 23 : 61);
}

}  // namespace

SCENARIO(rings, of_32_wrap) {
  wrap(bench, 32);
}
SCENARIO(rings, of_64_wrap) {
  wrap(bench, 64);
}
SCENARIO(rings, of_512_wrap) {
  wrap(bench, 512);
}

SCENARIO(rings, of_4096_wrap) {
  bench.pool(2 * 8192 + 2048);
  wrap(bench, 4096);
}

SCENARIO(rings, every_portion_up_to_the_ring) {
  auto [a, b] = bench.open_pair({.rx_ring = 64, .tx_ring = 64}, {.rx_ring = 64, .tx_ring = 64});
  uint32_t number = 0;
  for (uint32_t portion = 1; portion < 64; ++portion, number += portion) {
    const auto frames = numbered(a, b, portion, number);
    a.send(frames);
    expect_frames(b.receive(portion), frames);
  }
}

SCENARIO(rings, bursts_of_1024) {
  bench.pool(16384);
  const StationOptions options{.rx_ring = 2048, .tx_ring = 2048, .settings = {}, .burst = 1024};
  auto [a, b] = bench.open_pair(options, options);
  const auto frames = numbered(a, b, 1024);
  for (const Bytes& frame : frames) a.put(a.outgoing(), frame);
  expect_equal(a.tx().send(a.outgoing()), 1024, "frames sent at once");
  expect(eventually([&] {
           b.rx().receive(b.incoming(), 1024);
           return b.incoming().count() == 1024;
         }),
         "1024 frames gather in one burst");
  for (uint32_t i = 0; i < 1024; ++i) {
    const std::byte* data = b.cache().pool().buffer(b.incoming().index()[i]) + b.incoming().offset()[i];
    expect(Bytes(data, data + b.incoming().length()[i]) == frames[i], "the burst holds the frames in order");
  }
}

SCENARIO(rings, single_frame_bursts) {
  StationOptions options;
  options.burst = 1;
  auto [a, b] = bench.open_pair(options, options);
  stream(a, b, 150, 50);
}

SCENARIO(rings, full_tx_ring_takes_what_it_can) {
  Station& a = bench.open(0, {.rx_ring = 64, .tx_ring = 32});
  Station& b = bench.open(1, {.rx_ring = 128, .tx_ring = 64});
  const auto frames = numbered(a, b, 64);
  for (const Bytes& frame : frames) put_in_one_piece(a, frame);
  expect_equal(a.tx().send(a.outgoing()), 31, "frames that an empty ring of 32 takes");
  expect_equal(a.outgoing().count(), 33u, "frames left in the burst");
  expect_equal(a.tx().stats().ring_full.get(), 1u, "bursts cut short, in the statistics");
  a.drain_tx();
  expect_equal(a.tx().send(a.outgoing()), 31, "frames of the second send");
  a.drain_tx();
  expect_equal(a.tx().send(a.outgoing()), 2, "frames of the third send");
  expect_equal(a.outgoing().count(), 0u, "frames left in the end");
  expect_frames(b.receive(64), frames);
}

SCENARIO(rings, empty_send_and_receive) {
  auto [a, b] = bench.open_pair();
  expect_equal(a.tx().send(a.outgoing()), 0, "an empty send");
  expect_equal(a.rx().receive(a.incoming(), 32), 0, "a receive with nothing there");
  expect_equal(a.rx().receive(a.incoming(), 0), 0, "a receive of nothing");
  expect_equal(a.observations().tx_doorbells.load(), 0u, "doorbells for an empty send");
  expect_traffic(a, b);
}

SCENARIO(rings, receive_appends) {
  auto [a, b] = bench.open_pair();
  const auto frames = numbered(a, b, 30);
  const auto arrived = [&](uint32_t count) {
    return eventually([&, count] {
      b.rx().receive(b.incoming(), count - b.incoming().count());
      return b.incoming().count() == count;
    });
  };
  a.send({frames.begin(), frames.begin() + 10});
  expect(arrived(10), "ten frames in the burst");
  a.send({frames.begin() + 10, frames.end()});
  expect(arrived(30), "thirty frames in the burst");
  for (uint32_t i = 0; i < 30; ++i) {
    const std::byte* data = b.cache().pool().buffer(b.incoming().index()[i]) + b.incoming().offset()[i];
    expect(Bytes(data, data + b.incoming().length()[i]) == frames[i], "frames stay in order");
  }
}

SCENARIO(rings, receive_respects_its_limit) {
  StationOptions small;
  small.burst = 8;
  Station& a = bench.open(0);
  Station& b = bench.open(1, small);
  const auto frames = numbered(a, b, 20);
  a.send(frames);
  a.drain_tx();
  expect(eventually([&] {
           return b.rx().receive(b.incoming(), 5 - b.incoming().count()) >= 0 && b.incoming().count() == 5;
         }),
         "five frames, as asked for");
  expect(eventually([&] { return b.rx().receive(b.incoming(), 100) == 3; }),
         "as many as the burst has room for");
  expect_equal(b.rx().receive(b.incoming(), 100), 0, "a receive into a full burst");
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing");
  expect_frames(b.receive(12), {frames.begin() + 8, frames.end()});
}

SCENARIO(rings, lone_frames_go_one_at_a_time) {
  StationOptions small;
  small.burst = 1;
  Station& a = bench.open(0);
  Station& b = bench.open(1, small);
  const auto frames = numbered(a, b, 200);
  for (const Bytes& frame : frames) {
    a.send_one(frame);
    expect_frames(b.receive(1), {frame});
  }
  // Of several that wait, and with no room for the one that waits alone.
  a.send({frames.begin(), frames.begin() + 3});
  a.drain_tx();
  expect(eventually([&] { return b.rx().receive(b.incoming(), 1) == 1; }), "the first of three");
  expect_equal(b.rx().receive(b.incoming(), 1), 0, "a receive into a full burst");
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing");
  expect_equal(b.rx().receive(b.incoming(), 0), 0, "a receive of none");
  expect_frames(b.receive(1), {frames[1]});
  expect_equal(b.rx().receive(b.incoming(), 0), 0, "a receive of none when a lone frame waits");
  expect_frames(b.receive(1), {frames[2]});
  expect_traffic(a, b);
}

SCENARIO(rings, overflow_drops_the_rest_and_no_more) {
  Station& a = bench.open(0, {.rx_ring = 64, .tx_ring = 256});
  Station& b = bench.open(1, {.rx_ring = 32, .tx_ring = 64});
  for (uint32_t round = 0; round < 3; ++round) {
    const auto frames = numbered(a, b, 100, 1000 * round, 200);
    a.send(frames);
    a.drain_tx();
    // One descriptor stays with the driver.
    expect_frames(b.receive(31), {frames.begin(), frames.begin() + 31});
    expect_frames(receive_all(a, b), {});
    expect_traffic(a, b);
  }
}

SCENARIO(rings, slow_receiver_gets_the_first_frames_whole) {
  Station& a = bench.open(0, {.rx_ring = 64, .tx_ring = 256});
  Station& b = bench.open(1, {.rx_ring = 32, .tx_ring = 64});
  const auto frames = numbered(a, b, 60, 0, 1514);
  a.send({frames.begin(), frames.begin() + 20});
  a.drain_tx();
  expect_frames(b.receive(10), {frames.begin(), frames.begin() + 10});
  a.send({frames.begin() + 20, frames.end()});
  a.drain_tx();
  // 10 still waited, 21 more had room.
  expect_frames(b.receive(31), {frames.begin() + 10, frames.begin() + 41});
  expect_frames(receive_all(a, b), {});
}

SCENARIO(rings, exhausted_pool_lets_frames_wait) {
  PoolCache& senders = bench.pool();
  PoolCache& tight = bench.make_pool(512);
  Station& a = bench.open_with(senders, 0);
  Station& b = bench.open_with(tight, 1, {.rx_ring = 64, .tx_ring = 64, .settings = {}, .burst = 512});
  // The application holds all that the ring does not.
  Burst hoard(512, tight);
  expect_equal(hoard.allocate(512), 512u - 64u, "buffers outside of the ring");
  const auto frames = numbered(a, b, 20);
  a.send(frames);
  a.drain_tx();
  expect(
      eventually([&] { return b.rx().receive(b.incoming(), 64) == 0 && b.rx().stats().no_buffer.get() > 0; }),
      "receive says that it has no buffer");
  expect_equal(b.incoming().count(), 0u, "frames taken without a buffer to replace them");
  expect_equal(hoard.release(), Burst::kNoEntry, "releasing the hoard");
  expect_frames(b.receive(20), frames);
  expect_traffic(a, b);
}

SCENARIO(rings, nearly_exhausted_pool_gives_what_it_has) {
  PoolCache& tight = bench.make_pool(512);
  Station& a = bench.open(0);
  Station& b = bench.open_with(tight, 1, {.rx_ring = 64, .tx_ring = 64, .settings = {}, .burst = 512});
  Burst hoard(512, tight);
  expect_equal(hoard.allocate(512 - 64 - 7), 512u - 64u - 7u, "buffers taken");
  const auto frames = numbered(a, b, 20);
  a.send(frames);
  a.drain_tx();
  expect(eventually([&] {
           b.rx().receive(b.incoming(), 64);
           return b.incoming().count() == 7;
         }),
         "as many frames as there are buffers");
  expect_equal(b.rx().receive(b.incoming(), 64), 0, "a receive without a buffer");
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing seven frames");
  expect_frames(b.receive(13), {frames.begin() + 7, frames.end()});
  hoard.release();
}

SCENARIO(rings, reclaim_brings_sent_buffers_back) {
  auto [a, b] = bench.open_pair();
  const uint32_t before = a.cache().pool().usage().free;
  a.send(numbered(a, b, 40));
  expect(eventually([&] {
           a.tx().reclaim();
           return a.tx().pending() == 0;
         }),
         "nothing is pending after a while");
  b.receive(40);
  expect_equal(a.cache().pool().usage().free, before, "free buffers afterwards");
}

SCENARIO(rings, empty_receive_reclaims) {
  auto [a, b] = bench.open_pair();
  a.send(numbered(a, b, 40));
  b.receive(40);
  expect(eventually([&] { return a.rx().receive(a.incoming(), 32) == 0 && a.tx().pending() == 0; }),
         "receives that find nothing reclaim what was sent");
  expect_equal(a.cache().pool().usage().tx_rings, 0u, "buffers in TX rings");
}

SCENARIO(rings, one_doorbell_per_burst) {
  bench.pool(8192);
  auto [a, b] = bench.open_pair({.rx_ring = 512, .tx_ring = 512}, {.rx_ring = 512, .tx_ring = 512});
  for (const uint32_t count : {1u, 2u, 31u, 32u, 33u, 100u, 256u}) {
    const auto frames = numbered(a, b, count);
    const uint64_t before = a.observations().tx_doorbells;
    a.send(frames);
    expect_equal(a.observations().tx_doorbells - before, 1u,
                 "TX doorbells for a burst of " + std::to_string(count));
    a.drain_tx();
    expect(eventually([&] {
             const uint64_t bells = b.observations().rx_doorbells;
             b.rx().receive(b.incoming(), 256);
             expect(b.observations().rx_doorbells - bells <= 1, "one RX doorbell of one receive at most");
             return b.incoming().count() == count;
           }),
           "the burst arrives");
    expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing");
  }
}

SCENARIO(rings, small_receives_share_a_doorbell) {
  bench.pool(8192);
  auto [a, b] = bench.open_pair({.rx_ring = 512, .tx_ring = 512}, {.rx_ring = 512, .tx_ring = 512});
  const uint64_t before = b.observations().rx_doorbells;
  const auto bells = [&, &b = b] { return b.observations().rx_doorbells - before; };
  a.send(numbered(a, b, 200));
  uint64_t empty = 0;
  expect(eventually([&, &b = b] {
           if (b.rx().receive(b.incoming(), 1) == 0) ++empty;
           return b.incoming().count() == 200;
         }),
         "the frames arrive");
  expect(bells() <= 200 / 33 + empty / 64, "a doorbell for each 33 frames, or 64 polls that find nothing");
  expect(empty >= 64 || bells() == 200 / 33, "a doorbell for each 33 frames");
  for (int i = 0; i < 64; ++i) b.rx().receive(b.incoming(), 1);
  const uint64_t idle = bells();
  expect(idle >= 1, "what is left is given back when there is nothing else to do");
  for (int i = 0; i < 200; ++i) b.rx().receive(b.incoming(), 1);
  expect_equal(bells(), idle, "doorbells when there is nothing to give back");
  expect_equal(b.incoming().release(), Burst::kNoEntry, "releasing");
}

SCENARIO(rings, a_sleeper_has_given_everything_back) {
  bench.pool(8192);
  auto [a, b] = bench.open_pair({.rx_ring = 512, .tx_ring = 512}, {.rx_ring = 512, .tx_ring = 512});
  const uint64_t opened = b.observations().rx_doorbells;
  a.send(numbered(a, b, 1));
  b.receive(1);
  b.rx().arm();
  expect_equal(b.observations().rx_doorbells - opened, 1u, "doorbells for one frame");
}

SCENARIO(rings, of_any_size_are_given_back_whole) {
  bench.pool(16384);
  for (const uint32_t size : {32u, 64u, 128u, 256u, 512u, 1024u}) {
    Station& a = bench.open(0, {.rx_ring = 64, .tx_ring = 2048});
    Station& b = bench.open(1, {.rx_ring = size, .tx_ring = 64});
    for (uint32_t round = 0; round < 3; ++round) {
      const auto frames = numbered(a, b, size + 50, 10000 * round);
      a.send(frames);
      a.drain_tx();
      // One descriptor stays with the driver.
      expect_frames(b.receive(size - 1), {frames.begin(), frames.begin() + size - 1});
      expect_frames(receive_all(a, b), {});
      for (int poll = 0; poll < 64; ++poll)
        expect_equal(b.rx().receive(b.incoming(), 1), 0, "a receive with nothing there");
    }
    a.close();
    b.close();
  }
}

SCENARIO(rings, reports_are_asked_for_sparsely) {
  bench.pool(8192);
  auto [a, b] = bench.open_pair({.rx_ring = 512, .tx_ring = 512}, {.rx_ring = 512, .tx_ring = 512});
  for (const uint32_t count : {1u, 31u, 32u, 33u, 64u, 100u}) {
    for (const Bytes& frame : numbered(a, b, count)) put_in_one_piece(a, frame);
    expect_equal(a.tx().send(a.outgoing()), static_cast<int32_t>(count), "frames sent");
    b.receive(count);
    const std::lock_guard lock(a.observations().mutex);
    const Doorbell& last = a.observations().doorbells.back();
    expect_equal(last.descriptors, count, "descriptors of one doorbell");
    std::vector<uint32_t> wanted;
    for (uint32_t i = 31; i < count; i += 32) wanted.push_back(i);
    if (count % 32 != 0) wanted.push_back(count - 1);
    expect(last.reports == wanted,
           "RS on every 32nd and the last of " + std::to_string(count) + " descriptors");
  }
}

SCENARIO(rings, packet_path_reads_no_register) {
  auto [a, b] = bench.open_pair();
  const uint64_t before = a.observations().packet_thread_reads + b.observations().packet_thread_reads;
  stream(a, b, 200, 40);
  expect_equal(a.observations().packet_thread_reads + b.observations().packet_thread_reads - before, 0u,
               "register reads of the packet thread");
}

}  // namespace pmd::conformance
