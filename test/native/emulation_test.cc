#include "emulation_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "emulation/delay_line.h"
#include "emulation/pacer.h"

// The control side of the emulation: addresses, DMA table, mailbox, interrupts, resets, faults.

using namespace fixture;
namespace mbx = igb::mbx;
namespace v2p = regs::v2pmailbox;

namespace {

void refused(const char* address) {
  CHECK_THROWS(parse_address(address), Error, error.code == ErrorCode::kAddress && !error.hint.empty());
}

uint64_t signals(int fd) {
  uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

bool closes_on_exec_and_does_not_block(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

/// A switch that remembers what it was told.
struct RecordingSwitch final : PfSwitch {
  Mac mac{};
  size_t extra_macs = 0;
  std::vector<uint16_t> multicast;
  std::vector<uint16_t> vlans;
  uint32_t max_frame = 0;
  bool strip = false;
  bool all_multicast = false;
  bool enabled = false;
  void set_mac(const Mac& value) override { mac = value; }
  void set_extra_macs(std::span<const Mac> macs) override { extra_macs = macs.size(); }
  void set_multicast(std::span<const uint16_t> hashes) override { multicast.assign(hashes.begin(), hashes.end()); }
  void set_vlan(uint16_t vid, bool add) override {
    std::erase(vlans, vid);
    if (add) vlans.push_back(vid);
  }
  void set_vlan_strip(bool on) override { strip = on; }
  void set_max_frame(uint32_t bytes) override { max_frame = bytes; }
  void set_all_multicast(bool on) override { all_multicast = on; }
  void enable_vf(bool on) override { enabled = on; }
};

struct Pf {
  explicit Pf(PfPolicy policy = {}) : mailbox(told, policy) {}
  /// The answer's word 0; 0 = silence.
  uint32_t ask(std::array<uint32_t, 16> words) {
    const auto reply = mailbox.request(words, now);
    return reply ? reply->words[0] : 0;
  }
  RecordingSwitch told;
  PfMailbox mailbox;
  uint64_t now = 10'000'000'000;
};

std::array<uint32_t, 16> mac_message(const Mac& mac, uint32_t info = 0) {
  std::array<uint32_t, 16> words{mbx::kSetMac | info << mbx::kInfoShift};
  std::memcpy(words.data() + 1, mac.data(), 6);
  return words;
}

}  // namespace

TEST(address_accepts_what_it_documents) {
  CHECK_EQ(parse_address("emu:a").name, "a");
  CHECK(!parse_address("emu:a").flood);
  const Address flood = parse_address("emu:A-b_9,peer=flood,size=60-1514,rate=100k,seed=18446744073709551615");
  CHECK(flood.flood);
  CHECK_EQ(flood.min_size, 60u);
  CHECK_EQ(flood.max_size, 1514u);
  CHECK_EQ(flood.rate, 100'000u);
  CHECK_EQ(flood.seed, UINT64_MAX);
  CHECK_EQ(parse_address("emu:a,size=2026,peer=flood").min_size, 2026u);
  CHECK_EQ(parse_address("emu:a,rate=1M").rate, 1'000'000u);
  CHECK_EQ(parse_address("emu:a,rate=1").rate, 1u);
  CHECK_EQ(parse_address("emu:a,delay=50us").delay_ns, 50'000u);
  CHECK_EQ(parse_address("emu:a,delay=7ns").delay_ns, 7u);
  CHECK_EQ(parse_address("emu:a,delay=3ms").delay_ns, 3'000'000u);
  CHECK_EQ(parse_address("emu:a,delay=10s").delay_ns, 10'000'000'000u);
  CHECK_EQ(parse_address(("emu:" + std::string(32, 'x')).c_str()).name.size(), 32u);
}

TEST(address_refuses_everything_else) {
  for (const char* address :
       {"", "emu", "emu:", "EMU:a", "emu: a", "emu:a b", "emu:a/b", "emu:a\n", "emu:é", "emu:a,", "emu:a,,rate=1",
        "emu:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "emu:a,peer", "emu:a,peer=", "emu:a,peer=other", "emu:a,color=red",
        "emu:a,=1", "emu:a,rate=1,rate=1", "emu:a,rate=", "emu:a,rate=0", "emu:a,rate=-1", "emu:a,rate=+1", "emu:a,rate=1.5",
        "emu:a,rate=1K", "emu:a,rate=0x10", "emu:a,rate=101M", "emu:a,rate=18446744073709551617",
        "emu:a,rate=18446744073709552k", "emu:a,rate=1 ", "emu:a,delay=1", "emu:a,delay=0s", "emu:a,delay=11s",
        "emu:a,delay=s", "emu:a,delay=18446744073710s", "emu:a,size=60", "emu:a,seed=1", "emu:a,peer=flood,delay=1s",
        "emu:a,peer=flood,size=59", "emu:a,peer=flood,size=2027", "emu:a,peer=flood,size=100-60",
        "emu:a,peer=flood,size=60-", "emu:a,peer=flood,size=-60", "emu:a,peer=flood,size=60-70-80",
        "emu:a,peer=flood,seed=-1", "emu:a,peer=flood,seed=18446744073709551616", "0000:01:10.0"}) {
    refused(address);
  }
  CHECK_THROWS(parse_address(std::string_view("emu:a\0b", 7)), Error, error.code == ErrorCode::kAddress);
  CHECK_THROWS(parse_address("emu:a,size=60"), Error, error.hint.find("peer=flood") != std::string::npos);
}

TEST(identity_descriptors_and_memory) {
  Driver driver("emu:id", Driver::by_hand());
  Bus& bus = driver.bus();
  CHECK_EQ(bus.identity().id.vendor, 0x8086);
  CHECK_EQ(bus.identity().id.device, 0x10CA);
  CHECK_EQ(bus.identity().bus, "emulation");
  CHECK_EQ(bus.identity().address, "emu:id");
  CHECK_EQ(bus.vector_count(), 3u);
  CHECK_EQ(bus.vector_fd(3), -1);
  for (const int fd : {bus.vector_fd(0), bus.vector_fd(1), bus.vector_fd(2), bus.error_fd(), bus.removal_fd()}) {
    CHECK(closes_on_exec_and_does_not_block(fd));
  }
  CHECK(bus.present());
  driver.device().request_removal();
  driver.device().signal_error();
  CHECK_EQ(signals(bus.removal_fd()), 1u);
  CHECK_EQ(signals(bus.error_fd()), 1u);
}

TEST(dma_table_finds_only_what_is_mapped) {
  ProcessMemory memory(HugePages::kNever);
  DmaTable table;
  const auto first = memory.allocate(8192);
  const auto second = memory.allocate(4096);
  const Iova a = table.map(first);
  const Iova b = table.map(second);
  CHECK_EQ(a.value(), uint64_t{1} << 32);
  CHECK(b.value() > a.value() + 8192);
  const auto find = [&](uint64_t address, uint64_t length) { return table.find(DmaUser::kReceive, address, length); };
  CHECK(find(a.value(), 8192) == first->data());
  CHECK(find(a.value() + 8191, 1) == first->data() + 8191);
  CHECK(find(b.value() + 4, 4092) == second->data() + 4);
  CHECK_EQ(table.faults(), 0u);
  const auto host = reinterpret_cast<uint64_t>(first->data());
  for (const uint64_t bad : {uint64_t{0}, a.value() - 1, a.value() + 8192, b.value() - 1, host, UINT64_MAX}) {
    CHECK(find(bad, 1) == nullptr);
  }
  CHECK(find(a.value() + 1, 8192) == nullptr);
  CHECK(find(a.value(), UINT64_MAX) == nullptr);
  CHECK_EQ(table.faults(), 8u);
  CHECK(find(a.value(), 1) != nullptr);
  table.unmap(a);
  CHECK(find(a.value(), 1) == nullptr);
  CHECK(table.unmap(a) == nullptr);
  CHECK(table.map(first) > b);
  CHECK_THROWS(table.map(nullptr), Error, error.code == ErrorCode::kDma);
}

TEST(mapping_keeps_the_region_alive_until_unmapped) {
  Driver driver("emu:own", Driver::by_hand());
  std::weak_ptr<Region> watched;
  Iova at;
  {
    const auto region = driver.bus().memory().allocate(4096);
    watched = region;
    at = driver.bus().map(region);
  }
  CHECK(!watched.expired());
  driver.bus().unmap(at);
  CHECK(watched.expired());
}

TEST(pacer_does_not_drift) {
  Pacer pacer(3);  // 333,333,333.33 ns
  pacer.idle(1);
  CHECK_EQ(pacer.take(1), 1u);
  uint64_t now = 1;
  for (unsigned i = 0; i < 3 * 3600 * 24; ++i) {
    now = pacer.next();
    pacer.take(now);
  }
  CHECK_EQ(now, uint64_t{3600} * 24 * 1'000'000'000 + 1);
  // A late sender catches up by a bounded number of slots.
  const uint64_t late = now + 1'000'000'000'000;
  unsigned burst = 0;
  for (; pacer.due(late); ++burst) pacer.take(late);
  CHECK(burst >= Pacer::kBurst && burst <= Pacer::kBurst + 1);
}

TEST(delay_line_is_bounded_and_keeps_frames_whole) {
  DelayLine line;
  Bytes frame(1001);
  uint64_t pushed = 0;
  uint64_t popped = 0;
  const auto push = [&] {
    std::memcpy(frame.data(), &pushed, 8);
    const bool done = line.push(pushed, reinterpret_cast<const std::byte*>(frame.data()), 900 + pushed % 100);
    pushed += done;
    return done;
  };
  while (push()) continue;
  CHECK(pushed > 8000 && pushed * 900 < DelayLine::kCapacity);
  for (unsigned round = 0; round < 50'000; ++round) {
    const DelayLine::Frame front = line.front();
    uint64_t sequence = 0;
    std::memcpy(&sequence, front.data, 8);
    if (sequence != popped || front.length != 900 + popped % 100 || front.arrival_ns != popped) {
      CHECK_EQ(sequence, popped);
      break;
    }
    line.pop();
    ++popped;
    push();
  }
  while (!line.empty()) {
    line.pop();
    ++popped;
  }
  CHECK_EQ(popped, pushed);
}

TEST(pf_reset_without_and_with_an_admin_mac) {
  Pf pf;
  CHECK_EQ(pf.ask({mbx::kReset}), 0x40000001u);
  CHECK(pf.told.enabled);
  pf.mailbox.set_policy({.admin_mac = test_mac(9)});
  std::array<uint32_t, 16> words{mbx::kReset};
  const auto reply = pf.mailbox.request(words, pf.now);
  CHECK_EQ(reply->count, 3u);
  CHECK_EQ(reply->words[0], 0x80000001u);
  CHECK_EQ(reply->words[1], 0x00000002u);
  CHECK_EQ(reply->words[2], 0x0900u);
}

TEST(pf_keeps_the_vfs_own_mac_over_a_reset_message_but_not_over_flr) {
  Pf pf;
  pf.ask({mbx::kReset});
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0xA0000002u);
  CHECK_EQ(pf.ask({mbx::kReset}), 0x80000001u);
  pf.mailbox.vf_was_reset(pf.now);
  CHECK(!pf.told.enabled);
  CHECK_EQ(pf.ask({mbx::kReset}), 0x40000001u);
}

TEST(pf_is_silent_or_nacks_without_clear_to_send) {
  Pf pf;
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0x40000002u);
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0u);
  pf.now += 2'000'000'001;
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0x40000002u);
  pf.now += 2'000'000'001;
  CHECK_EQ(pf.mailbox.acknowledged(pf.now)->words[0], mbx::kNack);
  CHECK(!pf.mailbox.acknowledged(pf.now));
  pf.ask({mbx::kReset});
  CHECK(!pf.mailbox.acknowledged(pf.now + 3'000'000'000));
  CHECK_EQ(pf.ask({mbx::kReset | mbx::kNack}), 0u);
  CHECK_EQ(pf.ask({0x77}), 0x60000077u);
}

TEST(pf_nacks_bad_macs_and_guards_the_admin_mac) {
  Pf pf;
  pf.ask({mbx::kReset});
  CHECK_EQ(pf.ask(mac_message({})), 0x60000002u);
  CHECK_EQ(pf.ask(mac_message({0x01, 0, 0x5E, 0, 0, 1})), 0x60000002u);
  CHECK_EQ(pf.ask(mac_message(test_mac(4), 2)), 0xA0020002u);
  CHECK_EQ(pf.told.extra_macs, 1u);
  CHECK_EQ(pf.ask(mac_message({}, 1)), 0xA0010002u);
  CHECK_EQ(pf.told.extra_macs, 0u);
  pf.mailbox.set_policy({.admin_mac = test_mac(9)});
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0x60000002u);
  CHECK(pf.told.mac == test_mac(9));
  pf.mailbox.set_policy({.admin_mac = test_mac(9), .trusted = true});
  CHECK_EQ(pf.ask(mac_message(test_mac(3))), 0xA0000002u);
  CHECK(pf.told.mac == test_mac(3));
}

TEST(pf_multicast_promisc_lpe) {
  Pf pf;
  pf.ask({mbx::kReset});
  CHECK_EQ(pf.ask({mbx::kSetMulticast | 3 << 16, 0x02220111, 0x0333}), 0xA0030003u);
  CHECK(pf.told.multicast == (std::vector<uint16_t>{0x111, 0x222, 0x333}));
  CHECK_EQ(pf.ask({mbx::kSetMulticast | 0x80 << 16}), 0xA0800003u);
  CHECK(pf.told.all_multicast);
  pf.ask({mbx::kSetMulticast});
  CHECK(!pf.told.all_multicast && pf.told.multicast.empty());
  CHECK_EQ(pf.ask({mbx::kSetPromisc | mbx::kPromiscMulticast}), 0xA0000006u);
  CHECK(pf.told.all_multicast);
  CHECK_EQ(pf.ask({mbx::kSetPromisc}), 0xA0000006u);
  CHECK(!pf.told.all_multicast);
  CHECK_EQ(pf.ask({mbx::kSetPromisc | mbx::kPromiscMulticast | mbx::kPromiscUnicast}), 0x60010006u);
  CHECK(pf.told.all_multicast);
  CHECK_EQ(pf.ask({mbx::kSetLpe, 9022}), 0xA0000005u);
  CHECK_EQ(pf.told.max_frame, 9022u);
  CHECK_EQ(pf.ask({mbx::kSetLpe, 100'000}), 0xA0000005u);
  pf.ask({mbx::kReset});
  CHECK(!pf.told.all_multicast && pf.told.max_frame == 0);
}

TEST(pf_vlans) {
  Pf pf;
  pf.ask({mbx::kReset});
  CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, 100}), 0xA0010004u);
  CHECK(pf.told.vlans == std::vector<uint16_t>{100} && pf.told.strip);
  CHECK_EQ(pf.ask({mbx::kSetVlan, 0}), 0xA0000004u);
  CHECK(pf.told.strip);
  CHECK_EQ(pf.ask({mbx::kSetVlan, 100}), 0xA0000004u);
  CHECK(pf.told.vlans.empty());
  for (uint32_t vid = 1; vid <= 31; ++vid) CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, vid}), 0xA0010004u);
  CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, 99}), 0x60010004u);
  pf.mailbox.set_policy({.port_vlan = 5});
  CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, 7}), 0x60010004u);
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
  for (const MailboxFault fault : {MailboxFault::kIgnore, MailboxFault::kDrop, MailboxFault::kNone, MailboxFault::kNack,
                                   MailboxFault::kDuplicate}) {
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
  driver.device().pf_reset_begin();
  CHECK_EQ(driver.read(regs::V2PMAILBOX) & (v2p::RSTI | v2p::RSTD), v2p::RSTI);
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
  CHECK_EQ(driver.read(regs::V2PMAILBOX), v2p::RSTI);
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
  driver.bus().reset();
  CHECK_EQ(driver.read(regs::RXDCTL) & regs::dctl::ENABLE, 0u);
  CHECK_EQ(driver.request({mbx::kReset})[0], 0x40000001u);
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
  CHECK_EQ(driver.bus().read32(0x8000), 0xFFFFFFFFu);
  CHECK_EQ(driver.bus().read32(0x2802), 0xFFFFFFFFu);
  driver.bus().write32(0x3FFC, 1);
  CHECK_EQ(driver.counter("unknownAccesses"), 3u);
}

TEST(interrupt_mask_auto_clear_and_pending) {
  Driver driver("emu:irq", Driver::by_hand());
  const int fd = driver.bus().vector_fd(1);
  driver.write(regs::EIMS, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);  // MSI-X is off
  driver.bus().enable_interrupts();
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
  driver.bus().disable_interrupts();
  driver.write(regs::EIMS, 2);
  driver.write(regs::EICS, 2);
  CHECK_EQ(signals(fd), 0u);
}

TEST(interrupt_throttle) {
  Driver driver("emu:eitr", Driver::by_hand());
  driver.bus().enable_interrupts();
  driver.write(regs::EIAC, 7);
  driver.write(regs::EIMS, 7);
  driver.write(regs::EITR, 100 << 2, 0);
  const int fd = driver.bus().vector_fd(0);
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
  driver.bus().enable_interrupts();
  driver.write(regs::EIAC, 7);
  driver.write(regs::VTIVAR, 0x8280);      // rx0 on 0, tx0 on 2
  driver.write(regs::VTIVAR_MISC, 0x81);   // mailbox on 1
  driver.start(test_mac(1));
  driver.write(regs::EIAC, 7);
  driver.write(regs::EIMS, 7);
  driver.pump();
  CHECK(signals(driver.bus().vector_fd(0)) > 0);
  driver.send(frame_to(kFloodPeerMac, test_mac(1), 60));
  driver.pump();
  CHECK_EQ(signals(driver.bus().vector_fd(2)), 1u);
  signals(driver.bus().vector_fd(1));
  driver.device().set_link(false);
  driver.pump();
  CHECK_EQ(signals(driver.bus().vector_fd(1)), 1u);
}

TEST(gone_reads_all_ones_or_zeros_and_moves_nothing) {
  Driver driver("emu:gone,peer=flood", Driver::by_hand());
  driver.start(test_mac(1));
  driver.device().set_gone(Gone::kAllOnes);
  CHECK(!driver.bus().present());
  CHECK_EQ(driver.read(regs::STATUS), 0xFFFFFFFFu);
  driver.device().set_gone(Gone::kZeros);
  CHECK_EQ(driver.read(regs::STATUS), 0u);
  const uint32_t slot = driver.send(frame_to(kFloodPeerMac, test_mac(1), 60));
  driver.settle();
  CHECK(!driver.tx_done(slot) && !driver.rx_ready());
  driver.device().set_gone(Gone::kNo);
  CHECK(driver.bus().present());
  CHECK(driver.read(regs::STATUS) != 0);
  driver.device().plan_gone_at_access(3, Gone::kAllOnes);
  CHECK(driver.read(regs::STATUS) != 0xFFFFFFFF);
  driver.write(regs::TDT, driver.tx_next());  // doorbells count too
  CHECK_EQ(driver.read(regs::STATUS), 0xFFFFFFFFu);
  CHECK(!driver.bus().present());
}
