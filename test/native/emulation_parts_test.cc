#include "emulation/net/delay_line.h"
#include "emulation/net/pacer.h"
#include "emulation_fixture.h"

// Parts of the emulation that work by themselves: addresses, DMA table, pacer, delay line.

using namespace fixture;

namespace {

void refused(const char* address) {
  CHECK_THROWS(parse_address(address), Error, error.code == ErrorCode::kAddress && !error.hint.empty());
}

}  // namespace

TEST(address_accepts_what_it_documents) {
  CHECK_EQ(parse_address("emu:a").name, "a");
  CHECK(!parse_address("emu:a").flood);
  const Address flood =
      parse_address("emu:A-b_9,peer=flood,size=60-1514,rate=100k,seed=18446744073709551615");
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
  for (const char* address : {"",
                              "emu",
                              "emu:",
                              "EMU:a",
                              "emu: a",
                              "emu:a b",
                              "emu:a/b",
                              "emu:a\n",
                              "emu:é",
                              "emu:a,",
                              "emu:a,,rate=1",
                              "emu:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                              "emu:a,peer",
                              "emu:a,peer=",
                              "emu:a,peer=other",
                              "emu:a,color=red",
                              "emu:a,=1",
                              "emu:a,rate=1,rate=1",
                              "emu:a,rate=",
                              "emu:a,rate=0",
                              "emu:a,rate=-1",
                              "emu:a,rate=+1",
                              "emu:a,rate=1.5",
                              "emu:a,rate=1K",
                              "emu:a,rate=0x10",
                              "emu:a,rate=101M",
                              "emu:a,rate=18446744073709551617",
                              "emu:a,rate=18446744073709552k",
                              "emu:a,rate=1 ",
                              "emu:a,delay=1",
                              "emu:a,delay=0s",
                              "emu:a,delay=11s",
                              "emu:a,delay=s",
                              "emu:a,delay=18446744073710s",
                              "emu:a,size=60",
                              "emu:a,seed=1",
                              "emu:a,peer=flood,delay=1s",
                              "emu:a,peer=flood,size=59",
                              "emu:a,peer=flood,size=2027",
                              "emu:a,peer=flood,size=100-60",
                              "emu:a,peer=flood,size=60-",
                              "emu:a,peer=flood,size=-60",
                              "emu:a,peer=flood,size=60-70-80",
                              "emu:a,peer=flood,seed=-1",
                              "emu:a,peer=flood,seed=18446744073709551616",
                              "0000:01:10.0"}) {
    refused(address);
  }
  CHECK_THROWS(parse_address(std::string_view("emu:a\0b", 7)), Error, error.code == ErrorCode::kAddress);
  CHECK_THROWS(parse_address("emu:a,size=60"), Error, error.hint.find("peer=flood") != std::string::npos);
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
  const auto find = [&](uint64_t address, uint64_t length) {
    return table.find(DmaUser::kReceive, address, length);
  };
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
