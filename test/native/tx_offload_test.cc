#include "nic/igbvf/tx_offload.h"

#include <algorithm>
#include <random>
#include <vector>

#include "../support/offload_agreement.h"
#include "check.h"

using namespace pmd;
using namespace pmd::igbvf;

namespace {

using test::Bytes;
using test::OffloadAgreement;
using test::request_of;
using Random = std::mt19937;

class Builder {
 public:
  explicit Builder(Random& random) : random_(random) {}

  /// A frame of IP, right but for its checksums.
  Bytes build() {
    frame_ = Bytes(12, std::byte{2});
    for (uint32_t tags = random_() % 3; tags > 0; --tags)
      add16(tags == 2 ? 0x88A8 : 0x8100), add16(random_());
    const bool ipv4 = random_() % 2;
    const int protocol = std::array{6, 17, 132}[random_() % 3];
    const uint32_t options = 4 * (random_() % 4);
    const uint32_t payload = random_() % 2 ? random_() % 40 : random_() % 3000;
    const uint32_t header = protocol == 6 ? 20 + options : protocol == 17 ? 8 : 12;
    ipv4 ? add_ipv4(protocol, header + payload) : add_ipv6(protocol, header + payload);
    add_transport(protocol, header, header + payload);
    for (uint32_t i = 0; i < payload; ++i) add8(random_());
    return frame_;
  }

 private:
  void add8(uint32_t value) { frame_.push_back(static_cast<std::byte>(value)); }
  void add16(uint32_t value) { add8(value >> 8), add8(value); }
  void add_ipv4(int protocol, uint32_t payload) {
    const uint32_t words = 5 + random_() % 4;
    for (const uint32_t word :
         {0x0800u, 0x4000 | words << 8, words * 4 + payload, static_cast<uint32_t>(random_()), 0x4000u})
      add16(word);
    add8(64), add8(static_cast<uint32_t>(protocol));
    for (int i = 0; i < 5; ++i) add16(random_());  // a checksum, and addresses
    for (uint32_t i = 5; i < words; ++i) add16(0x0101), add16(0x0101);
  }
  void add_ipv6(int protocol, uint32_t payload) {
    Bytes chain;
    int next = protocol;
    for (uint32_t i = random_() % 4; i > 0; --i) {
      const uint32_t units = random_() % 30 == 0 ? 70 : random_() % 3;
      Bytes extension(8 * (units + 1));
      extension[0] = static_cast<std::byte>(next);
      extension[1] = static_cast<std::byte>(units);
      next = std::array{0, 60, 43, 135}[random_() % 4];
      chain.insert(chain.begin(), extension.begin(), extension.end());
    }
    for (const uint32_t word : {0x86DDu, 0x6000u, 0u, static_cast<uint32_t>(chain.size()) + payload})
      add16(word);
    add8(static_cast<uint32_t>(next)), add8(64);
    for (int i = 0; i < 16; ++i) add16(random_());
    frame_.insert(frame_.end(), chain.begin(), chain.end());
  }
  void add_transport(int protocol, uint32_t header, uint32_t length) {
    add16(random_()), add16(random_());
    if (protocol == 17) return add16(length), add16(random_());
    for (int i = 0; i < 4; ++i) add16(random_());
    if (protocol == 132) return;
    add16(header / 4 << 12 | random_() % 256);
    for (uint32_t i = 14; i < header; i += 2) add16(random_());
  }

  Random& random_;
  Bytes frame_;
};

/// Changes bytes of the headers, cuts the frame short, or puts something behind it.
void spoil(Bytes& frame, Random& random) {
  for (uint32_t flips = random() % 3; flips > 0; --flips)
    frame[12 + random() % std::min<size_t>(frame.size() - 12, 90)] = static_cast<std::byte>(random());
  if (random() % 4 == 0) frame.resize(kMinFrame + random() % (frame.size() - kMinFrame + 20));
}

}  // namespace

TEST(checksums_and_tags_of_software_and_device_agree) {
  Random random(1);
  uint32_t met = 0, refused = 0;
  for (int round = 0; round < 60'000; ++round) {
    Bytes frame = Builder(random).build();
    if (round % 2) spoil(frame, random);
    const uint32_t tag = random() % 2 ? tx_request::kVlan | 0x2123u << tx_request::kTciShift : 0;
    const auto work = static_cast<uint32_t>((1 + random() % 3) << 1);  // checksums
    const OffloadAgreement agreement(frame, request_of(work | tag, 0));
    CHECK_EQ(agreement.difference(), "");
    ++(agreement.is_met() ? met : refused);
  }
  CHECK(met > 20'000);
  CHECK(refused > 5'000);
}

TEST(segments_of_software_and_device_agree) {
  Random random(2);
  uint32_t met = 0, refused = 0;
  for (int round = 0; round < 30'000; ++round) {
    Bytes frame = Builder(random).build();
    if (round % 2) spoil(frame, random);
    const OffloadAgreement agreement(frame, request_of(0, static_cast<uint32_t>(1 + random() % 1500)));
    CHECK_EQ(agreement.difference(), "");
    ++(agreement.is_met() ? met : refused);
  }
  CHECK(met > 5'000);
  CHECK(refused > 5'000);
}

TEST(a_context_is_loaded_once_for_a_steady_stream) {
  TxContexts contexts;
  TxOffload one, other, third;
  one.status = other.status = third.status = igb::tx_status::TXSM;
  one.context = 1, other.context = 2, third.context = 3;
  const auto loads = [&](const TxOffload& offload) {
    const TxContexts::Place place = contexts.find(offload);
    if (!place.is_loaded) contexts.load(place.index, offload.context);
    return !place.is_loaded;
  };
  CHECK(!loads({}));
  CHECK(loads(one));
  CHECK(!loads(one));
  CHECK(!loads({}));
  CHECK(loads(other));
  for (int i = 0; i < 3; ++i) CHECK(!loads(one)), CHECK(!loads(other));
  CHECK(loads(third));
  CHECK(!loads(third));
  contexts.clear();
  CHECK(loads(third));
}
