#include <fcntl.h>
#include <unistd.h>

#include "emulation_fixture.h"

// The control side of the emulation: registers, mailbox, interrupts, resets, faults.

using namespace fixture;
namespace mbx = igb::mbx;
namespace v2p = regs::v2pmailbox;

namespace {

uint64_t signals(int fd) {
  uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

bool closes_on_exec_and_does_not_block(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

}  // namespace

TEST(identity_descriptors_and_memory) {
  Driver driver("emu:id", Driver::by_hand());
  EmulatedFunction& function = driver.function();
  CHECK_EQ(function.identity().id.vendor, 0x8086);
  CHECK_EQ(function.identity().id.device, 0x10CA);
  CHECK_EQ(function.identity().bus, "emulation");
  CHECK_EQ(function.identity().address, "emu:id");
  CHECK_EQ(function.vector_fd(3), -1);
  for (const int fd : {function.vector_fd(0), function.vector_fd(1), function.vector_fd(2),
                       function.error_fd(), function.removal_fd()}) {
    CHECK(closes_on_exec_and_does_not_block(fd));
  }
  CHECK(function.present());
  driver.device().request_removal();
  driver.device().signal_error();
  CHECK_EQ(signals(function.removal_fd()), 1u);
  CHECK_EQ(signals(function.error_fd()), 1u);
}

TEST(mapping_keeps_the_region_alive_until_unmapped) {
  Driver driver("emu:own", Driver::by_hand());
  std::weak_ptr<Region> watched;
  Iova at;
  {
    const auto region = driver.dma().memory().allocate(4096);
    watched = region;
    at = driver.dma().map(region);
  }
  CHECK(!watched.expired());
  driver.dma().unmap(at);
  CHECK(watched.expired());
}

TEST(mailbox_lock_and_read_to_clear) {
  Driver driver("emu:mbx", Driver::by_hand());
  CHECK_EQ(driver.read(regs::V2PMAILBOX), 0u);
  driver.write(regs::V2PMAILBOX, v2p::VFU);
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::VFU);
  driver.write(regs::VMBMEM, mbx::kReset);
  CHECK_EQ(driver.read(regs::VMBMEM), mbx::kReset);
  // While the VF holds the buffer, the PF waits.
  driver.write(regs::V2PMAILBOX, v2p::REQ | v2p::VFU);
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::VFU);
  driver.write(regs::V2PMAILBOX, 0);
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFSTS | v2p::PFACK);
  CHECK_EQ(driver.read(regs::V2PMAILBOX), 0u);
  CHECK_EQ(driver.read(regs::VMBMEM), 0x40000001u);
}

TEST(mailbox_delay_holds_the_buffer) {
  Driver driver("emu:mbx", Driver::by_hand());
  driver.device().plan_mailbox({MailboxFault::kDelay, 5'000'000});
  driver.post({mbx::kReset});
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFACK | v2p::PFU);
  driver.write(regs::V2PMAILBOX, v2p::VFU);
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFU);
  CHECK_EQ(driver.device().next_event(), driver.now + 5'000'000);
  driver.now += 4'999'999;
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFU);
  driver.now += 1;
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFSTS);
}

TEST(mailbox_ignore_drop_nack_duplicate) {
  Driver driver("emu:mbx", Driver::by_hand());
  for (const MailboxFault fault : {MailboxFault::kIgnore, MailboxFault::kDrop, MailboxFault::kNone,
                                   MailboxFault::kNack, MailboxFault::kDuplicate}) {
    driver.device().plan_mailbox({fault});
  }
  driver.post({mbx::kReset});
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), 0u);
  driver.post({mbx::kReset});
  driver.settle();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::PFACK);
  CHECK_EQ(driver.set_mac(test_mac(3))[0], 0xA0000002u);
  CHECK_EQ(driver.set_mac(test_mac(4))[0], 0x60000002u);
  CHECK_EQ(driver.request({mbx::kSetLpe, 1600})[0], 0xA0000005u);
  CHECK(driver.take(v2p::PFSTS));  // once more, after the ACK
  CHECK_EQ(driver.fetch()[0], 0xA0000005u);
  driver.settle();
  CHECK(!driver.take(v2p::PFSTS));
}

TEST(link_change_pings_and_shows_in_status) {
  Driver driver("emu:link", Driver::by_hand());
  CHECK(driver.read(regs::STATUS) & regs::status::LU);
  driver.device().set_link(false);
  CHECK_EQ(driver.read(regs::STATUS), regs::status::FD | regs::status::SPEED_1000);
  driver.settle();
  CHECK(driver.take(v2p::PFSTS));
  CHECK_EQ(driver.fetch()[0], mbx::kPfControl);  // no CTS yet
  driver.request({mbx::kReset});
  driver.device().set_link(true);
  driver.settle();
  CHECK(driver.take(v2p::PFSTS));
  CHECK_EQ(driver.fetch()[0], mbx::kPfControl | mbx::kCts);
  driver.device().set_link(true);
  driver.settle();
  CHECK(!driver.take(v2p::PFSTS));
}

TEST(pf_reset_takes_rings_and_clear_to_send) {
  Driver driver("emu:pfr", Driver::by_hand());
  driver.start(test_mac(1));
  CHECK(driver.device().vf_enabled());
  driver.function().enable_interrupts();
  driver.write(regs::VTIVAR_MISC, 0x81);
  driver.write(regs::EIMS, 7);
  driver.device().pf_reset_begin();
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::RSTI | v2p::PFSTS);
  CHECK_EQ(driver.read(regs::VMBMEM), mbx::kPfControl);
  CHECK_EQ(signals(driver.function().vector_fd(1)), 1u);
  CHECK_EQ(driver.read(regs::VTIVAR_MISC) | driver.read(regs::EIMS), 0u);
  CHECK_EQ(driver.read(regs::STATUS) & regs::status::LU, 0u);
  CHECK_EQ(driver.read(regs::RDLEN) | driver.read(regs::RXDCTL) | driver.read(regs::TXDCTL), 0u);
  CHECK(!driver.device().vf_enabled());
  CHECK_EQ(driver.request({mbx::kReset})[0], 0u);
  driver.device().pf_reset_end();
  CHECK_EQ(driver.read(regs::V2PMAILBOX) & (v2p::RSTI | v2p::RSTD), v2p::RSTD);
  CHECK_EQ(driver.read(regs::V2PMAILBOX) & (v2p::RSTI | v2p::RSTD), 0u);
  driver.settle();
  CHECK_EQ(driver.fetch()[0], mbx::kPfControl);
  driver.pump();
  driver.start(test_mac(1));
  CHECK(driver.device().vf_enabled());
}

TEST(absent_pf_never_answers) {
  Driver driver("emu:absent", Driver::by_hand());
  driver.device().pf_present(false);
  driver.device().pf_reset_begin();
  driver.device().pf_reset_end();
  CHECK_EQ(driver.read(regs::V2PMAILBOX) & (v2p::RSTI | v2p::RSTD), v2p::RSTI);
  CHECK_EQ(driver.request({mbx::kReset})[0], 0u);
  driver.device().pf_present(true);
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::RSTD);
  CHECK_EQ(driver.request({mbx::kReset})[0] & 0xFFFF, mbx::kReset | 0u);
}

TEST(reset_clears_enable_only) {
  Driver driver("emu:rst", Driver::by_hand());
  driver.start(test_mac(1));
  driver.device().set_statistics({.packets_received = 5});
  driver.write(regs::VTIVAR, 0x8180);
  driver.write(regs::EIMS, 7);
  driver.write(regs::RDH, 3);
  driver.write(regs::CTRL, regs::ctrl::RST);
  CHECK_EQ(driver.read(regs::CTRL), 0u);
  CHECK_EQ(driver.read(regs::RXDCTL), regs::dctl::thresholds(8, 8, 1));
  CHECK_EQ(driver.read(regs::TXDCTL), regs::dctl::thresholds(8, 1, 1));
  CHECK_EQ(driver.read(regs::RDLEN), driver.ring_size() * 16);
  CHECK_EQ(driver.read(regs::RDBAH), static_cast<uint32_t>(driver.base() >> 32));
  CHECK_EQ(driver.read(regs::RDT), driver.ring_size() - 1);
  CHECK_EQ(driver.read(regs::RDH), 3u);
  CHECK_EQ(driver.read(regs::VTIVAR), 0x8180u);
  CHECK_EQ(driver.read(regs::EIMS), 0u);
  CHECK_EQ(driver.read(regs::VFGPRC), 5u);
  CHECK(!driver.device().vf_enabled());
  driver.start(test_mac(1));
  driver.device().function_level_reset();
  CHECK_EQ(driver.read(regs::RXDCTL) & regs::dctl::ENABLE, 0u);
  CHECK_EQ(driver.request({mbx::kReset})[0], 0x40000001u);
}

TEST(requests_after_a_reset_are_unanswered_for_two_seconds) {
  Driver driver("emu:quiet", Driver::by_hand());
  driver.start(test_mac(1));
  driver.now += 60'000'000'000;
  driver.write(regs::CTRL, regs::ctrl::RST);
  CHECK_EQ(driver.set_mac(test_mac(1))[0], 0u);
  driver.now += 2'000'000'001;
  CHECK_EQ(driver.set_mac(test_mac(1))[0], 0x40000002u);
}

TEST(registers_mask_what_does_not_exist) {
  Driver driver("emu:mask", Driver::by_hand());
  driver.write(regs::RDBAL, 0xFFFFFFFF);
  driver.write(regs::RDLEN, 0xFFFFFFFF);
  driver.write(regs::RXDCTL, regs::dctl::SWFLSH);
  CHECK_EQ(driver.read(regs::RDBAL), 0xFFFFFF80u);
  CHECK_EQ(driver.read(regs::RDLEN), 0xFFF80u);
  CHECK_EQ(driver.read(regs::RXDCTL), 0u);
  driver.write(regs::TDLEN, 256, 1);
  CHECK_EQ(driver.read(regs::TDLEN, 1), 256u);
  driver.write(regs::SRRCTL, 2, 1);
  CHECK_EQ(driver.read(regs::SRRCTL, 1), 2u);
  CHECK_EQ(driver.registers().read32(0x8000), 0xFFFFFFFFu);
  CHECK_EQ(driver.registers().read32(0x2802), 0xFFFFFFFFu);
  driver.registers().write32(0x3FFC, 1);
  CHECK_EQ(driver.counter("unknownAccesses"), 1u);  // the others lie outside the window
}

TEST(interrupt_mask_auto_clear_and_pending) {
  Driver driver("emu:irq", Driver::by_hand());
  const int fd = driver.function().vector_fd(1);
  driver.write(regs::EIMS, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);  // MSI-X is off
  driver.function().enable_interrupts();
  CHECK_EQ(signals(fd), 1u);  // and what was pending comes when it is on
  CHECK_EQ(driver.read(regs::EICR), 2u);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);  // the cause is still set
  driver.write(regs::EICR, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 1u);
  driver.write(regs::EICR, 2);
  driver.write(regs::EIAC, 2);
  driver.write(regs::EICS, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 2u);
  CHECK_EQ(driver.read(regs::EICR), 0u);
  driver.write(regs::EIMC, 2);
  CHECK_EQ(driver.read(regs::EIMS), 0u);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);
  driver.write(regs::EIMS, 2);
  CHECK_EQ(signals(fd), 1u);  // unmasking with a cause pending fires
  driver.write(regs::EIAM, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 1u);
  CHECK_EQ(driver.read(regs::EIMS), 0u);
  driver.function().disable_interrupts();
  driver.write(regs::EIMS, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);
}

TEST(interrupt_throttle) {
  Driver driver("emu:eitr", Driver::by_hand());
  driver.function().enable_interrupts();
  driver.write(regs::EIAC, 7);
  driver.write(regs::EIMS, 7);
  driver.write(regs::EITR, 100 << 2, 0);
  const int fd = driver.function().vector_fd(0);
  driver.pump();
  driver.write(regs::EICS, 1);
  CHECK_EQ(signals(fd), 1u);
  driver.write(regs::EICS, 1);
  driver.pump();
  CHECK_EQ(signals(fd), 0u);
  CHECK_EQ(driver.device().next_event(), driver.now + 100'000);
  driver.now += 100'000;
  driver.pump();
  CHECK_EQ(signals(fd), 1u);
}

TEST(vectors_follow_the_allocation) {
  Driver driver("emu:ivar,peer=flood", Driver::by_hand());
  driver.function().enable_interrupts();
  driver.write(regs::EIAC, 7);
  driver.write(regs::VTIVAR, 0x8280);     // rx0 on 0, tx0 on 2
  driver.write(regs::VTIVAR_MISC, 0x81);  // mailbox on 1
  driver.start(test_mac(1));
  driver.write(regs::EIAC, 7);
  driver.write(regs::EIMS, 7);
  driver.pump();
  CHECK(signals(driver.function().vector_fd(0)) > 0);
  driver.send(frame_to(kFloodPeerMac, test_mac(1), 60));
  driver.pump();
  CHECK_EQ(signals(driver.function().vector_fd(2)), 1u);
  signals(driver.function().vector_fd(1));
  driver.device().set_link(false);
  driver.pump();
  CHECK_EQ(signals(driver.function().vector_fd(1)), 1u);
}

TEST(gone_reads_all_ones_or_zeros_and_moves_nothing) {
  Driver driver("emu:gone,peer=flood", Driver::by_hand());
  driver.start(test_mac(1));
  driver.device().set_gone(Gone::kAllOnes);
  CHECK(!driver.function().present());
  CHECK_EQ(driver.read(regs::STATUS), 0xFFFFFFFFu);
  driver.device().set_gone(Gone::kZeros);
  CHECK_EQ(driver.read(regs::STATUS), 0u);
  const uint32_t slot = driver.send(frame_to(kFloodPeerMac, test_mac(1), 60));
  driver.settle();
  CHECK(!driver.tx_done(slot) && !driver.rx_ready());
  driver.device().set_gone(Gone::kNo);
  CHECK(driver.function().present());
  CHECK(driver.read(regs::STATUS) != 0);
  driver.device().plan_gone_at_access(3, Gone::kAllOnes);
  CHECK(driver.read(regs::STATUS) != 0xFFFFFFFF);
  driver.write(regs::TDT, driver.tx_next());  // doorbells count too
  CHECK_EQ(driver.read(regs::STATUS), 0xFFFFFFFFu);
  CHECK(!driver.function().present());
}
