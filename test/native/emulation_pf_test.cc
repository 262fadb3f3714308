#include "emulation_fixture.h"

// The PF's side of the mailbox, by itself: what Linux's igb PF driver answers.

using namespace fixture;
namespace mbx = igb::mbx;

namespace {

/// A switch that remembers what it was told.
struct RecordingSwitch final : PfSwitch {
  MacAddress mac{};
  size_t extra_macs = 0;
  std::vector<uint16_t> multicast;
  std::vector<uint16_t> vlans;
  uint32_t max_frame = 0;
  bool strip = false;
  bool all_multicast = false;
  bool enabled = false;
  void set_mac(const MacAddress& value) override { mac = value; }
  void set_extra_macs(std::span<const MacAddress> macs) override { extra_macs = macs.size(); }
  void set_multicast(std::span<const uint16_t> hashes) override {
    multicast.assign(hashes.begin(), hashes.end());
  }
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

std::array<uint32_t, 16> mac_message(const MacAddress& mac, uint32_t info = 0) {
  std::array<uint32_t, 16> words{mbx::kSetMac | info << mbx::kInfoShift};
  std::memcpy(words.data() + 1, mac.data(), 6);
  return words;
}

}  // namespace

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
  CHECK(pf.told.vlans == std::vector<uint16_t>({0, 100}) && pf.told.strip);
  CHECK_EQ(pf.ask({mbx::kSetVlan, 0}), 0xA0000004u);
  CHECK(pf.told.strip);
  CHECK_EQ(pf.ask({mbx::kSetVlan, 100}), 0xA0000004u);
  CHECK(pf.told.vlans == std::vector<uint16_t>{0});
  for (uint32_t vid = 1; vid <= 31; ++vid) CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, vid}), 0xA0010004u);
  CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, 99}), 0x60010004u);
  pf.mailbox.set_policy({.port_vlan = 5});
  CHECK_EQ(pf.ask({mbx::kSetVlan | 1 << 16, 7}), 0x60010004u);
  pf.ask({mbx::kReset});
  CHECK(pf.told.vlans == std::vector<uint16_t>{5});  // the administrator's, and no other
}
