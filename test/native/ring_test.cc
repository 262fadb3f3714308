// Rings between threads: order, owners, chains, ends, and what several threads do to them at once.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "ring/frame_ring.h"
#include "util/barrier.h"
#include "util/error.h"

using namespace pmd;

namespace {

constexpr uint32_t kBuffers = 4096;

std::shared_ptr<PacketPool> make_pool(uint32_t buffers = kBuffers) {
  ProcessMemory memory(HugePages::kNever);
  return std::make_shared<PacketPool>(PoolOptions{.buffers = buffers, .huge_pages = HugePages::kNever},
                                      memory);
}

struct Ends {
  explicit Ends(FrameRing& ring) : rx(*ring.rx_queues()[0]), tx(*ring.tx_queues()[0]) {}
  RxQueue& rx;
  TxQueue& tx;
};

/// Appends `n` frames whose lengths count on from `number`, which `write` may do more for.
void number(Burst& burst, uint32_t n, uint32_t number) {
  const uint32_t first = burst.count();
  CHECK_EQ(burst.allocate(n), n);
  for (uint32_t i = first; i < first + n; ++i) {
    burst.length()[i] = static_cast<uint16_t>(60 + number % 1000);
    burst.status()[i] = number++;
    burst.status()[i] <<= rx_flag::kTciShift;
  }
}

uint32_t number_of(const Burst& burst, uint32_t i) {
  return burst.status()[i] >> rx_flag::kTciShift;
}

/// A thread's work over one ring, with the numbers of its frames in the frames.
void write_number(const PacketPool& pool, const Burst& burst, uint32_t i, uint64_t value) {
  std::memcpy(pool.buffer(burst.index()[i]) + burst.offset()[i], &value, sizeof(value));
}
uint64_t read_number(const PacketPool& pool, const Burst& burst, uint32_t i) {
  uint64_t value;
  std::memcpy(&value, pool.buffer(burst.index()[i]) + burst.offset()[i], sizeof(value));
  return value;
}

uint32_t held_by_application(const PacketPool& pool) {
  return pool.usage().application;
}

}  // namespace

TEST(frames_come_out_as_they_went_in) {
  const auto pool = make_pool();
  PoolCache from(pool), to(pool);
  FrameRing ring("ring:1", pool, {.capacity = 64});
  const Ends ends(ring);
  CHECK(ends.tx.attach(from) && ends.rx.attach(to));
  Burst out(32, from), in(48, to);
  uint32_t sent = 0, received = 0;
  for (int round = 0; round < 500; ++round) {  // 64 and 7, so that every place is where it wraps
    const uint32_t n = 1 + static_cast<uint32_t>(round) % 32;
    number(out, n, sent);
    sent += static_cast<uint32_t>(ends.tx.send(out));
    out.release();
    ends.rx.receive(in, 7 + static_cast<uint32_t>(round) % 40);
    for (uint32_t i = 0; i < in.count(); ++i, ++received) {
      CHECK_EQ(number_of(in, i), received & 0xffff);
      CHECK_EQ(in.length()[i], 60 + received % 1000);
      CHECK_EQ(in.offset()[i], kHeadroom);
    }
    in.release();
  }
  CHECK(received > 4000);
  CHECK_EQ(held_by_application(*pool), ring.held());
}

TEST(what_does_not_fit_stays_at_the_front) {
  const auto pool = make_pool();
  PoolCache cache(pool);
  FrameRing ring("ring:1", pool, {.capacity = 16});
  const Ends ends(ring);
  CHECK(ends.tx.attach(cache) && ends.rx.attach(cache));
  Burst burst(32, cache);
  number(burst, 20, 0);
  CHECK_EQ(ends.tx.send(burst), 16);
  CHECK_EQ(burst.count(), 4u);
  CHECK_EQ(number_of(burst, 0), 16u);
  CHECK_EQ(ends.tx.send(burst), 0);
  CHECK_EQ(ends.tx.stats().ring_full.get(), 2u);
  burst.release();
  CHECK_EQ(held_by_application(*pool), 16u);
}

TEST(a_buffer_that_is_not_the_senders_is_refused_and_nothing_sent) {
  const auto pool = make_pool();
  PoolCache from(pool), to(pool);
  FrameRing ring("ring:1", pool, {.capacity = 8});
  const Ends ends(ring);
  CHECK(ends.tx.attach(from) && ends.rx.attach(to));
  Burst out(8, from), in(8, to);
  number(out, 5, 0);
  CHECK_EQ(ends.tx.send(out), 5);  // so that the next wraps
  CHECK_EQ(ends.rx.receive(in, 8), 5);
  for (const uint32_t wrong : {out.index()[0], uint32_t{kBuffers}, UINT32_MAX, in.index()[0]}) {
    number(out, 6, 0);
    const uint32_t right = std::exchange(out.index()[4], wrong);
    CHECK_EQ(ends.tx.send(out), refuse(Refusal::kNotOwner));
    CHECK_EQ(ends.tx.bad_entry(), 4u);
    CHECK_EQ(ring.held(), 0u);
    out.index()[4] = right;
    CHECK_EQ(out.release(), Burst::kNoEntry);
  }
  number(out, 2, 0);
  out.index()[1] = out.index()[0];  // twice the same
  CHECK_EQ(ends.tx.send(out), refuse(Refusal::kNotOwner));
  CHECK_EQ(ends.tx.bad_entry(), 1u);
}

TEST(requests_are_refused) {
  const auto pool = make_pool();
  PoolCache cache(pool);
  FrameRing ring("ring:1", pool, {.capacity = 8});
  const Ends ends(ring);
  CHECK(ends.tx.attach(cache));
  Burst burst(8, cache, {.columns = set_of(Column::kTxRequest)});
  number(burst, 3, 0);
  burst.tx_request()[2] = 1;
  CHECK_EQ(ends.tx.send(burst), refuse(Refusal::kRequest));
  CHECK_EQ(ends.tx.bad_entry(), 2u);
  burst.tx_request()[2] = 0;
  CHECK_EQ(ends.tx.send(burst), 3);
}

TEST(chains_pass_whole_or_not_at_all) {
  const auto pool = make_pool();
  PoolCache cache(pool);
  FrameRing ring("ring:1", pool, {.capacity = 8});
  const Ends ends(ring);
  CHECK(ends.tx.attach(cache) && ends.rx.attach(cache));
  Burst out(16, cache), in(16, cache), small(2, cache);
  const auto chain = [&](uint32_t first, uint32_t entries) {
    for (uint32_t i = first; i + 1 < first + entries; ++i) out.status()[i] |= rx_flag::kMore;
    out.set_has_chains(true);
  };
  // What is left of received frames means nothing in a burst without chains.
  number(out, 2, 0);
  out.status()[0] |= rx_flag::kMore;
  CHECK_EQ(ends.tx.send(out), 2);
  CHECK_EQ(ends.rx.receive(in, 16), 2);
  CHECK(!in.has_chains());
  CHECK(!in.goes_on_after(0));
  in.release();

  number(out, 10, 0);
  chain(0, 3);
  chain(3, 4);
  chain(7, 3);
  CHECK_EQ(ends.tx.send(out), 7);
  CHECK_EQ(out.count(), 3u);
  CHECK_EQ(ends.rx.receive(in, 5), 3);
  CHECK(in.has_chains());
  CHECK_EQ(in.chain_length(0, in.count()), 3u);
  // There is room for 4 in no call with this burst: dropped, and what follows comes.
  CHECK_EQ(ends.tx.send(out), 3);
  number(out, 1, 77);
  CHECK_EQ(ends.tx.send(out), 1);
  CHECK_EQ(ends.rx.receive(small, 16), 1);
  CHECK_EQ(number_of(small, 0), 77u);
  CHECK_EQ(ends.rx.stats().oversize.get(), 7u);
  in.release();
  small.release();

  number(out, 9, 0);
  chain(0, 9);
  CHECK_EQ(ends.tx.send(out), refuse(Refusal::kFrameLength));
  out.release();
  CHECK_EQ(held_by_application(*pool), 0u);
}

TEST(one_thread_has_a_single_end_and_any_a_multi_one) {
  const auto pool = make_pool();
  const auto other_pool = make_pool(64);
  PoolCache a(pool), b(pool), stranger(other_pool);
  FrameRing single("ring:1", pool, {.capacity = 8});
  const Ends ends(single);
  CHECK(ends.tx.attach(a) && !ends.tx.attach(b));
  Burst of_b(4, b), of_stranger(4, stranger);
  number(of_b, 1, 0);
  CHECK_EQ(ends.tx.send(of_b), refuse(Refusal::kPoolMismatch));
  ends.tx.detach(a);
  CHECK(ends.tx.attach(b));
  CHECK_EQ(ends.tx.send(of_b), 1);
  FrameRing multi("ring:2", pool,
                  {.capacity = 8, .producers = RingUsers::kMulti, .consumers = RingUsers::kMulti});
  const Ends many(multi);
  CHECK(many.tx.attach(a) && many.tx.attach(b));
  number(of_b, 1, 0);
  CHECK_EQ(many.tx.send(of_b), 1);
  number(of_stranger, 1, 0);
  CHECK_EQ(many.tx.send(of_stranger), refuse(Refusal::kPoolMismatch));
}

TEST(close_gives_the_frames_back_and_refuses) {
  const auto pool = make_pool();
  PoolCache cache(pool);
  FrameRing ring("ring:1", pool, {.capacity = 8});
  const Ends ends(ring);
  CHECK(ends.tx.attach(cache) && ends.rx.attach(cache));
  Burst burst(8, cache);
  int woken = 0;
  ends.rx.waiters().add(&woken, [&] { ++woken; });
  CHECK(ends.rx.arm());
  number(burst, 3, 0);
  CHECK_EQ(ends.tx.send(burst), 3);
  CHECK_EQ(woken, 1);
  number(burst, 3, 0);
  CHECK_EQ(ends.tx.send(burst), 3);
  CHECK_EQ(woken, 1);  // nobody slept
  CHECK(!ends.rx.arm());
  ring.close();
  ring.close();
  CHECK_EQ(woken, 2);
  CHECK(!ends.rx.arm());
  CHECK_EQ(ends.rx.receive(burst, 8), refuse(Refusal::kClosed));
  CHECK_EQ(ends.tx.send(burst), refuse(Refusal::kClosed));
  CHECK_EQ(ends.tx.count_unsent(), refuse(Refusal::kClosed));
  CHECK_EQ(held_by_application(*pool), 0u);
  ends.rx.waiters().remove(&woken);
}

TEST(frames_of_a_thread_that_ended_are_still_received) {
  const auto pool = make_pool();
  PoolCache to(pool);
  FrameRing ring("ring:1", pool, {.capacity = 8});
  const Ends ends(ring);
  {
    PoolCache from(pool);
    Burst out(4, from);
    CHECK(ends.tx.attach(from));
    number(out, 4, 0);
    CHECK_EQ(ends.tx.send(out), 4);
    ends.tx.detach(from);
  }
  Burst in(8, to);
  CHECK(ends.rx.attach(to));
  CHECK_EQ(ends.rx.receive(in, 8), 4);
  CHECK_EQ(in.release(), Burst::kNoEntry);
}

TEST(odd_capacities_are_refused) {
  const auto pool = make_pool(64);
  for (const uint32_t capacity : {0u, 1u, 3u, 1000u, (1u << 20) + 1, 1u << 21, UINT32_MAX}) {
    bool refused = false;
    try {
      FrameRing("ring:1", pool, {.capacity = capacity});
    } catch (const Error& error) {
      refused = error.code == ErrorCode::kInvalidArgument;
    }
    CHECK(refused);
  }
}

namespace {

/// Sends `frames` frames, each with `who` and a number, in bursts of changing size.
void produce(FrameRing& ring, const std::shared_ptr<PacketPool>& pool, uint64_t who, uint64_t frames) {
  PoolCache cache(pool);
  TxQueue& tx = *ring.tx_queues()[0];
  CHECK(tx.attach(cache));
  Burst burst(32, cache);
  for (uint64_t next = 0; next < frames;) {
    const uint32_t first = burst.count();
    burst.allocate(static_cast<uint32_t>(std::min<uint64_t>(1 + next % 32, frames - next)));
    for (uint32_t i = first; i < burst.count(); ++i, ++next) {
      burst.length()[i] = 60;
      write_number(*pool, burst, i, who << 32 | next);
    }
    tx.send(burst);
    while (burst.count() > 0 && tx.send(burst) == 0) sched_yield();
  }
  tx.detach(cache);
}

/// Receives until `left` frames of all consumers are there; every producer's come in order.
void consume(FrameRing& ring, const std::shared_ptr<PacketPool>& pool, std::atomic<int64_t>& left,
             std::atomic<uint64_t>& sum) {
  PoolCache cache(pool);
  RxQueue& rx = *ring.rx_queues()[0];
  CHECK(rx.attach(cache));
  Burst burst(32, cache);
  std::vector<uint64_t> last(8, 0);
  std::atomic<bool> woken{true};
  rx.waiters().add(&burst, [&] {
    woken = true;
    woken.notify_one();
  });
  while (left.load() > 0) {
    const int32_t n = rx.receive(burst, 32);
    if (n == 0) {  // falls asleep, as a reader does
      woken = false;
      if (rx.arm() && left.load() > 0) woken.wait(false);
      continue;
    }
    bool ordered = true;
    for (uint32_t i = 0; i < burst.count(); ++i) {
      const uint64_t value = read_number(*pool, burst, i);
      uint64_t& before = last[value >> 32];
      ordered = ordered && (value & UINT32_MAX) + 1 > before;
      before = (value & UINT32_MAX) + 1;
      sum += value & UINT32_MAX;
    }
    CHECK(ordered);
    CHECK_EQ(burst.release(), Burst::kNoEntry);
    if (left.fetch_sub(n) == n) rx.waiters().wake_all();  // the others may sleep
  }
  rx.waiters().remove(&burst);
  rx.detach(cache);
}

void stress(uint32_t producers, uint32_t consumers, uint64_t frames) {
  const auto pool = make_pool();
  const auto users = [](uint32_t n) { return n > 1 ? RingUsers::kMulti : RingUsers::kSingle; };
  FrameRing ring("ring:1", pool,
                 {.capacity = 128, .producers = users(producers), .consumers = users(consumers)});
  std::atomic<int64_t> left = static_cast<int64_t>(frames * producers);
  std::atomic<uint64_t> sum = 0;
  {
    std::vector<std::jthread> threads;
    for (uint32_t i = 0; i < consumers; ++i) threads.emplace_back([&] { consume(ring, pool, left, sum); });
    for (uint32_t i = 0; i < producers; ++i) threads.emplace_back([&, i] { produce(ring, pool, i, frames); });
  }
  CHECK_EQ(left.load(), 0);
  CHECK_EQ(sum.load(), producers * (frames * (frames - 1) / 2));
  CHECK_EQ(held_by_application(*pool), 0u);
}

}  // namespace

TEST(one_thread_sends_and_one_receives) {
  stress(1, 1, 300'000);
}
TEST(three_send_and_one_receives) {
  stress(3, 1, 60'000);
}
TEST(one_sends_and_three_receive) {
  stress(1, 3, 100'000);
}
TEST(three_send_and_three_receive) {
  stress(3, 3, 60'000);
}

TEST(close_ends_it_for_threads_that_are_at_it) {
  for (int round = 0; round < 200; ++round) {
    const auto pool = make_pool(256);
    FrameRing ring("ring:1", pool,
                   {.capacity = 32, .producers = RingUsers::kMulti, .consumers = RingUsers::kMulti});
    const auto work = [&](bool sends) {
      PoolCache cache(pool);
      Burst burst(8, cache);
      for (int32_t result = 0; result >= 0;) {
        if (sends) burst.allocate(8);
        result = sends ? ring.tx_queues()[0]->send(burst) : ring.rx_queues()[0]->receive(burst, 8);
        burst.release();
      }
      CHECK(ring.closed());
    };
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) threads.emplace_back(work, i % 2 == 0);
      for (int i = 0; i < round; ++i) cpu_relax();
      ring.close();
    }
    CHECK_EQ(held_by_application(*pool), 0u);
  }
}
