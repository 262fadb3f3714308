#include <cstdlib>
#include <random>

#include "emulation_fixture.h"
#include "util/clock.h"

// The emulation with its engine: threads, sleep, speed.

using namespace fixture;

namespace {

uint64_t scale() {
  const char* text = std::getenv("PMD_TEST_FRAMES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

uint32_t random_length(std::minstd_rand& random) {
  return 60 + static_cast<uint32_t>(random() % (1514 - 60 + 1));
}

void fill_frame(Bytes& frame, uint64_t sequence, std::minstd_rand& random) {
  frame = frame_to(test_mac(2), test_mac(1), random_length(random), static_cast<uint8_t>(sequence * 31));
  std::memcpy(frame.data() + 14, &sequence, sizeof(sequence));
}

/// Sends `total` frames, never more than `window` beyond what the far end has taken.
void sender(Driver& driver, uint64_t total, uint64_t window, const std::atomic<uint64_t>& taken) {
  std::minstd_rand random(7);
  Bytes frame;
  uint64_t sent = 0;
  std::vector<uint32_t> slots;
  while (sent < total) {
    const uint64_t room = window - (sent - taken.load(std::memory_order_acquire));
    const uint64_t burst = std::min({room, total - sent, uint64_t{16}});
    if (burst == 0) {
      std::this_thread::yield();
      continue;
    }
    uint32_t last = 0;
    for (uint64_t i = 0; i < burst; ++i) {
      fill_frame(frame, sent++, random);
      last = driver.queue(frame);
    }
    driver.ring_tx();
    while (!driver.tx_done(last)) std::this_thread::yield();
  }
}

void receiver(Driver& driver, uint64_t total, std::atomic<uint64_t>& taken, uint64_t& wrong) {
  std::minstd_rand random(7);
  Bytes expected;
  for (uint64_t got = 0; got < total;) {
    if (!driver.rx_ready()) {
      std::this_thread::yield();
      continue;
    }
    const Received received = driver.receive();
    fill_frame(expected, got++, random);
    if (received.bytes != expected) ++wrong;
    taken.store(got, std::memory_order_release);
  }
}

}  // namespace

TEST(a_million_frames_between_two_threads_arrive_whole_and_in_order) {
  const uint64_t total = scale();
  Driver a("emu:stress", {}, 256);
  Driver b("emu:stress", {}, 256);
  a.start(test_mac(1));
  b.start(test_mac(2));
  std::atomic<uint64_t> taken{0};
  uint64_t wrong = 0;
  const uint64_t begin = monotonic_ns();
  std::thread receives([&] { receiver(b, total, taken, wrong); });
  std::thread sends([&] { sender(a, total, 200, taken); });
  sends.join();
  receives.join();
  CHECK_EQ(wrong, 0u);
  CHECK_EQ(b.counter("rxNoDescriptor"), 0u);
  CHECK_EQ(b.read(regs::VFGPRC), static_cast<uint32_t>(total));
  CHECK_EQ(a.counter("dmaFaults") + b.counter("dmaFaults"), 0u);
  std::printf("wire: %.2f Mpps, 60 to 1514 bytes, contents checked\n",
              static_cast<double>(total) * 1e3 / static_cast<double>(monotonic_ns() - begin));
}

TEST(doorbell_wakes_a_sleeping_engine) {
  Driver driver("emu:sleep,peer=flood,rate=1");
  driver.start(test_mac(1));
  for (unsigned i = 0; i < 50; ++i) {
    while (!Engine::instance().asleep()) std::this_thread::yield();
    const uint32_t slot = driver.send(frame_to(kFloodPeerMac, test_mac(1), 60));
    while (!driver.tx_done(slot)) std::this_thread::yield();
  }
  CHECK_EQ(driver.counter("peerReceived"), 50u);
}

TEST(engine_starts_and_ends_with_its_devices) {
  for (unsigned i = 0; i < 50; ++i) {
    Driver a("emu:life");
    Driver b("emu:life");
    a.start(test_mac(1));
    b.start(test_mac(2));
    const uint32_t slot = a.send(frame_to(test_mac(2), test_mac(1), 60));
    while (!a.tx_done(slot)) std::this_thread::yield();
    while (!b.rx_ready()) std::this_thread::yield();
    CHECK_EQ(b.receive().bytes.size(), 60u);
  }
}

TEST(control_and_faults_from_other_threads_while_frames_move) {
  Driver driver("emu:storm,peer=flood", {}, 256);
  driver.start(test_mac(1));
  std::atomic<bool> stop{false};
  std::thread polls([&] {
    while (!stop.load()) {
      while (driver.rx_ready()) driver.receive();
      std::this_thread::yield();
    }
  });
  for (unsigned i = 0; i < 200; ++i) {
    driver.device().set_link(i % 2 != 0);
    driver.function().counters();
    driver.read(regs::STATUS);
    driver.read(regs::V2PMAILBOX);
    const auto region = driver.dma().memory().allocate(4096);
    driver.dma().unmap(driver.dma().map(region));
  }
  stop = true;
  polls.join();
  CHECK_EQ(driver.counter("dmaFaults"), 0u);
}

TEST(the_process_may_end_with_ports_open) {
  // Left open on purpose: leaving main() must neither hang nor touch what is gone.
  static Driver* const left = new Driver("emu:left,peer=flood");
  left->start(test_mac(1));
  CHECK(left->function().present());
}

TEST(flood_rate) {
  Driver driver("emu:rate,peer=flood", {}, 1024);
  driver.start(test_mac(1));
  const uint32_t size = driver.ring_size();
  const uint64_t begin = monotonic_ns();
  const uint64_t total = scale() * 10;
  uint64_t got = 0;
  uint32_t next = 0;
  while (got < total) {
    // As a driver would: a batch of descriptors, re-armed, one tail write.
    uint32_t batch = 0;
    for (; batch < 64; ++batch) {
      auto& wb = driver.rx(next).wb;
      if (!(std::atomic_ref<uint32_t>(wb.status_error).load(std::memory_order_acquire) & igb::rx_status::DD))
        break;
      driver.arm(next);
      next = next + 1 == size ? 0 : next + 1;
    }
    if (batch == 0) continue;
    driver.write(regs::RDT, next == 0 ? size - 1 : next - 1);
    got += batch;
  }
  std::printf("flood: %.2f Mpps into one ring, 60 bytes\n",
              static_cast<double>(got) * 1e3 / static_cast<double>(monotonic_ns() - begin));
  CHECK(driver.counter("peerSent") >= got);
}
