#include <functional>
#include <map>
#include <random>

#include "emulation_fixture.h"

// An engine that is late: it reads the clock, loses its processor, and steps its devices only then. What
// happens meanwhile is later than the time of the step. Stepped by hand, on a clock of the test's own.

using namespace fixture;

namespace {

/// Lets the rest of the world run before each look at the clock.
struct LateClock final : TimeSource {
  uint64_t now_ns() noexcept override {
    if (meanwhile) meanwhile();
    return now;
  }
  uint64_t now = 1'000'000'000'000;
  std::function<void()> meanwhile;
};

OpenOptions on(LateClock& clock) {
  OpenOptions options = Driver::by_hand();
  options.time = &clock;
  return options;
}

/// Sends numbered frames over a wire while the engine is late, and demands that none arrives early.
class LateEngine {
 public:
  LateEngine(uint32_t seed, const std::string& options, uint64_t delay_ns)
      : random_(seed),
        delay_ns_(delay_ns),
        a_(("emu:late" + options).c_str(), on(clock_)),
        b_("emu:late", on(clock_)) {
    a_.start(test_mac(1));
    b_.start(test_mac(2));
    clock_.meanwhile = [this] { run_world(); };
  }

  void run(unsigned rounds) {
    for (; rounds != 0; --rounds) {
      const uint64_t now = clock_.now;
      run_world();
      a_.device().step(64, now);
      run_world();
      b_.device().step(64, now);
      while (b_.rx_ready()) check_arrival(b_.receive().bytes, now);
    }
  }
  size_t arrived() const { return arrived_; }

 private:
  /// Time passes, and now and then a doorbell rings.
  void run_world() {
    clock_.now += random_() % (delay_ns_ / 4);
    for (unsigned frames = random_() % 4; frames != 0 && slot_is_free(); --frames) {
      Bytes frame = frame_to(test_mac(2), test_mac(1), 60);
      std::memcpy(frame.data() + 14, &sent_, sizeof(sent_));
      used_ |= 1u << a_.queue(frame);
      rung_at_[sent_++] = clock_.now;
      a_.ring_tx();
      clock_.now += random_() % 1000;
    }
  }
  bool slot_is_free() {
    const uint32_t slot = a_.tx_next();
    return !(used_ & 1u << slot) || a_.tx_done(slot);
  }
  void check_arrival(const Bytes& frame, uint64_t now) {
    uint32_t number = 0;
    std::memcpy(&number, frame.data() + 14, sizeof(number));
    CHECK_EQ(number, arrived_++);
    CHECK(now >= rung_at_.at(number) + delay_ns_);
  }

  std::mt19937 random_;
  uint64_t delay_ns_;
  LateClock clock_;
  Driver a_;
  Driver b_;
  uint32_t used_ = 0;
  uint32_t sent_ = 0;
  uint32_t arrived_ = 0;
  std::map<uint32_t, uint64_t> rung_at_;
};

}  // namespace

TEST(no_frame_arrives_early_when_the_engine_is_late) {
  size_t arrived = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    for (const char* rate : {"", ",rate=10k", ",rate=1M", ",rate=100M"}) {
      for (const uint64_t delay_us : {1, 50, 1000}) {
        LateEngine engine(seed, std::string(rate) + ",delay=" + std::to_string(delay_us) + "us",
                          delay_us * 1000);
        engine.run(100);
        arrived += engine.arrived();
      }
    }
  }
  CHECK(arrived > 10'000);
}

TEST(late_engine_keeps_the_distances_of_frames_that_waited) {
  LateClock clock;
  Driver a("emu:late,rate=1k,delay=1ms", on(clock));
  Driver b("emu:late", on(clock));
  a.start(test_mac(1));
  b.start(test_mac(2));
  const uint64_t start = clock.now;
  for (unsigned i = 0; i < 4; ++i) a.queue(frame_to(test_mac(2), test_mac(1), 60));
  a.ring_tx();
  a.device().step(64, start);
  clock.now = start + 3'700'000;  // 0.7 ms late for the last slot
  a.device().step(64, clock.now);
  for (unsigned i = 0; i < 4; ++i) {
    const uint64_t arrival = start + (i + 1) * 1'000'000;
    b.device().step(64, arrival - 1);
    CHECK(!b.rx_ready());
    b.device().step(64, arrival);
    CHECK(b.rx_ready());
    b.receive();
  }
}

TEST(late_interrupt_counts_from_its_cause) {
  LateClock clock;
  Driver driver("emu:late,peer=flood", on(clock));
  driver.device().step(64, clock.now);
  driver.device().delay_interrupts(1'000'000);
  driver.device().set_interrupts(true);
  driver.write(regs::EIMS, 1);
  clock.now += 5'000'000;
  driver.write(regs::EICS, 1);
  driver.device().step(64, clock.now + 999'999);
  CHECK_EQ(driver.counter("interrupts"), 0u);
  driver.device().step(64, clock.now + 1'000'000);
  CHECK_EQ(driver.counter("interrupts"), 1u);
}

TEST(late_answer_of_the_pf_counts_from_the_request) {
  LateClock clock;
  Driver driver("emu:late,peer=flood", on(clock));
  const uint64_t step = clock.now;
  clock.now += 5'000'000;
  driver.device().plan_mailbox({MailboxFault::kDelay, 1'000'000});
  driver.post({igb::mbx::kReset});
  driver.device().step(64, step);
  driver.device().step(64, clock.now + 999'999);
  CHECK(!(driver.mailbox_status() & regs::v2pmailbox::PFSTS));
  driver.device().step(64, clock.now + 1'000'000);
  CHECK(driver.mailbox_status() & regs::v2pmailbox::PFSTS);
}

TEST(slow_dma_counts_from_the_frame_before) {
  LateClock clock;
  Driver driver("emu:late,peer=flood", on(clock));
  driver.now = clock.now;
  driver.start(test_mac(1));
  driver.device().slow_dma(1'000'000);
  for (unsigned i = 0; i < 2; ++i) driver.queue(frame_to(kFloodPeerMac, test_mac(1), 60));
  driver.ring_tx();
  const uint64_t step = clock.now;
  clock.now += 5'000'000;
  driver.device().step(64, step);
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  driver.device().step(64, clock.now + 999'999);
  CHECK_EQ(driver.counter("peerReceived"), 1u);
  driver.device().step(64, clock.now + 1'000'000);
  CHECK_EQ(driver.counter("peerReceived"), 2u);
}
