#include <unistd.h>

#include "emulation_fixture.h"

// Faults by name, as addresses and Bus::inject take them. What a driver makes of them: test/faults.

using namespace fixture;
namespace rxs = igb::rx_status;

namespace {

uint64_t signals(int fd) {
  uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

/// Sends one frame to `to`, and returns what its descriptor says.
Received one_frame(Pair& pair, Driver& from, Driver& to, uint8_t last_of_mac) {
  from.send(frame_to(test_mac(last_of_mac), test_mac(9), 60));
  pair.settle();
  return to.receive();
}

}  // namespace

TEST(names_and_numbers_are_checked) {
  Driver driver("emu:names", Driver::by_hand());
  for (const char* wrong : {"", "nothing", "pf-reset:2", "rx-ce:", "rx-ce:x", "rx-ce:1:2:3", "rx-ce:1000001",
                            "rx-length:65536", "irq-late:99999999999999999999"}) {
    CHECK_THROWS(driver.faults().inject(wrong), Error, error.code == ErrorCode::kInvalidArgument);
  }
  CHECK_THROWS(open_emulated("emu:names2,fault=nothing"), Error, error.code == ErrorCode::kInvalidArgument);
  driver.faults().inject("rx-length:65535:3");
}

TEST(an_address_plans_faults_in_order) {
  Driver driver("emu:plan,fault=reply-drop,fault=link-down,fault=reply-nack", Driver::by_hand());
  CHECK_EQ(driver.read(regs::STATUS) & regs::status::LU, 0u);
  CHECK_EQ(driver.request({igb::mbx::kReset})[0] & igb::mbx::kCodeMask,
           igb::mbx::kPfControl);  // the ping of the link, and no answer
  driver.settle();
  CHECK_EQ(driver.request({igb::mbx::kReset})[0] & igb::mbx::kNack, igb::mbx::kNack);
}

TEST(receive_descriptors_say_what_is_planned) {
  Pair pair("emu:rxf", "emu:rxf");
  pair.b.faults().inject("rx-rxe");
  pair.b.faults().inject("rx-no-eop");
  pair.b.faults().inject("rx-vlan");
  CHECK_EQ(one_frame(pair, pair.a, pair.b, 2).status, rxs::DD | rxs::EOP | rxs::RXE);
  CHECK_EQ(one_frame(pair, pair.a, pair.b, 2).status, rxs::DD);
  const Received tagged = one_frame(pair, pair.a, pair.b, 2);
  CHECK_EQ(tagged.status, rxs::DD | rxs::EOP | rxs::VP);
  CHECK_EQ(tagged.vlan, 0xFFFF);
  CHECK_EQ(one_frame(pair, pair.a, pair.b, 2).status, rxs::DD | rxs::EOP);
}

TEST(a_stray_report_is_in_the_descriptor_at_the_tail) {
  Pair pair("emu:stray", "emu:stray");
  pair.b.faults().inject("rx-stray");
  CHECK(!pair.b.rx_ready());
  CHECK_EQ(pair.b.rx(pair.b.ring_size() - 1).wb.status_error, rxs::DD | rxs::EOP);
}

TEST(dma_stops_and_runs) {
  Pair pair("emu:dmas", "emu:dmas");
  pair.a.faults().inject("dma-stop");
  const uint32_t slot = pair.a.send(frame_to(test_mac(2), test_mac(1), 60));
  pair.settle();
  CHECK(!pair.a.tx_done(slot));
  CHECK_EQ(pair.a.device().next_event(), kNever);
  pair.a.faults().inject("dma-run");
  pair.settle();
  CHECK(pair.a.tx_done(slot) && pair.b.rx_ready());
}

TEST(interrupts_are_lost_late_and_spurious) {
  Driver driver("emu:irqf", Driver::by_hand());
  driver.function().enable_interrupts();
  driver.write(regs::EIAC, 7);
  driver.write(regs::EIMS, 7);
  const int fd = driver.function().vector_fd(0);
  driver.pump();
  driver.faults().inject("irq-lose");
  driver.write(regs::EICS, 1);
  CHECK_EQ(signals(fd), 0u);
  driver.write(regs::EICS, 1);
  CHECK_EQ(signals(fd), 1u);
  driver.faults().inject("irq-late:50");
  driver.write(regs::EICS, 1);
  CHECK_EQ(signals(fd), 0u);
  CHECK_EQ(driver.device().next_event(), driver.now + 50'000);
  driver.now += 50'000;
  driver.pump();
  CHECK_EQ(signals(fd), 1u);
  driver.faults().inject("irq-spurious");
  CHECK_EQ(signals(fd), 1u);
}

TEST(refused_dma_is_counted_and_ends) {
  Pair pair("emu:miss", "emu:miss");
  const uint64_t before = pair.a.counter("dmaFaults");
  pair.a.faults().inject("dma-miss:2");
  for (unsigned i = 0; i < 4; ++i) one_frame(pair, pair.a, pair.b, 2);
  CHECK_EQ(pair.a.counter("dmaFaults") - before, 2u);
}
