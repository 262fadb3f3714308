#include <mutex>

#include "emulation/net/links.h"
#include "emulation_fixture.h"

// A port that is no device model, at the far end of an emulated VF's wire.

using namespace fixture;

namespace {

/// Keeps what it receives, and sends what it is told to.
class PlainPort final : private Receiver {
 public:
  struct Arrival {
    Bytes frame;
    uint64_t at_ns;
  };

  PlainPort(const char* address, const MacAddress& mac)
      : mac_(mac), link_(open_link(parse_address(address))) {
    const std::lock_guard guard(link_->lock());
    link_->attach(this);
  }
  ~PlainPort() {
    const std::lock_guard guard(link_->lock());
    link_->attach(nullptr);
  }

  bool send(const Bytes& frame, uint64_t now_ns) {
    const std::lock_guard guard(link_->lock());
    return link_->transmit(reinterpret_cast<const std::byte*>(frame.data()),
                           static_cast<uint32_t>(frame.size()), now_ns, now_ns);
  }
  uint32_t step(uint64_t now_ns) {
    const std::lock_guard guard(link_->lock());
    return link_->step(64, now_ns);
  }
  uint64_t next_arrival() {
    const std::lock_guard guard(link_->lock());
    return link_->next_arrival();
  }

  std::vector<Arrival> arrivals;
  uint32_t space = 4;
  bool on = true;

 private:
  bool deliver(const std::byte* frame, uint32_t length, uint64_t arrival_ns) noexcept override {
    if (space == 0) return false;
    --space;
    const auto* bytes = reinterpret_cast<const uint8_t*>(frame);
    arrivals.push_back({Bytes(bytes, bytes + length), arrival_ns});
    return true;
  }
  bool ready() const noexcept override { return on; }
  const MacAddress& mac() const noexcept override { return mac_; }
  uint32_t room(uint32_t) const noexcept override { return space; }

  MacAddress mac_;
  std::unique_ptr<Link> link_;
};

}  // namespace

TEST(plain_port_exchanges_frames_with_an_emulated_vf) {
  Driver vf("emu:mixed", Driver::by_hand());
  PlainPort plain("emu:mixed", test_mac(2));
  vf.start(test_mac(1));
  const Bytes there = frame_to(test_mac(2), test_mac(1), 700, 0x11);
  vf.send(there);
  vf.settle();
  CHECK_EQ(plain.arrivals.size(), 1u);
  CHECK(plain.arrivals[0].frame == there);
  CHECK_EQ(vf.counter("wireDelivered"), 1u);

  const Bytes back = frame_to(test_mac(1), test_mac(2), 900, 0x22);
  CHECK(plain.send(back, vf.now));
  vf.settle();
  CHECK(vf.receive().bytes == back);
  CHECK(plain.send(frame_to(test_mac(3), test_mac(2), 60), vf.now));
  vf.settle();
  CHECK(!vf.rx_ready());
  CHECK_EQ(vf.counter("filteredFrames"), 1u);
}

TEST(plain_port_gets_a_delayed_wires_frames_with_their_time) {
  Driver vf("emu:mixed,delay=2ms", Driver::by_hand());
  PlainPort plain("emu:mixed", test_mac(2));
  vf.start(test_mac(1));
  const uint64_t sent = vf.now;
  vf.send(frame_to(test_mac(2), test_mac(1), 60));
  vf.pump();
  CHECK(plain.next_arrival() <= sent + 2'000'000);
  CHECK_EQ(plain.step(sent + 1'999'999), 0u);
  CHECK_EQ(plain.step(sent + 5'000'000), 1u);
  CHECK_EQ(plain.arrivals[0].at_ns, sent + 2'000'000);
}

TEST(frames_on_the_way_to_a_plain_port_are_lost_when_it_leaves) {
  Driver vf("emu:mixed,delay=2ms", Driver::by_hand());
  auto plain = std::make_unique<PlainPort>("emu:mixed", test_mac(2));
  vf.start(test_mac(1));
  vf.send(frame_to(test_mac(2), test_mac(1), 60));
  vf.pump();
  plain.reset();
  plain = std::make_unique<PlainPort>("emu:mixed", test_mac(2));
  CHECK_EQ(plain->step(vf.now + 5'000'000), 0u);
}

TEST(flood_waits_for_a_plain_port_that_has_no_room) {
  PlainPort plain("emu:mixed,peer=flood,size=60-200", test_mac(2));
  plain.on = false;
  CHECK_EQ(plain.step(0), 0u);
  plain.on = true;
  CHECK_EQ(plain.step(0), 4u);
  CHECK_EQ(plain.step(0), 0u);
  plain.space = 2;
  CHECK_EQ(plain.step(0), 2u);
  for (uint8_t i = 0; i < 6; ++i) {
    const Bytes& frame = plain.arrivals[i].frame;
    const Bytes head = frame_to(test_mac(2), kFloodPeerMac, 14);
    CHECK(Bytes(frame.begin(), frame.begin() + 14) == head);
    CHECK_EQ(frame[21], i);  // the last byte of the sequence number
  }
}

TEST(flood_at_a_rate_goes_on_when_a_plain_port_drops) {
  PlainPort plain("emu:mixed,peer=flood,rate=1M", test_mac(2));
  plain.step(1'000'000);
  for (uint64_t slot = 1; slot <= 10; ++slot) plain.step(1'000'000 + slot * 1000);
  CHECK_EQ(plain.arrivals.size(), 4u);
  CHECK_EQ(plain.arrivals[3].at_ns - plain.arrivals[2].at_ns, 1000u);
}
