// Positions, columns and hashes of single frames. That they are what vfio-pmd/net and tshark find in frames
// of all kinds, cut at every byte, is in test/programs.

#include "programs/parsed_headers.h"

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "check.h"
#include "net/flow_hash.h"
#include "net/layers.h"
#include "port/queue.h"

using namespace pmd;

namespace {

using Fault = Layers::Fault;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

/// A tag, IPv4 with an option, and TCP with SYN and ACK, without payload.
Bytes tagged_tcp() {
  return bytes_of({2,    0,    0, 0,  0, 2,    2,    0, 0,  0, 0, 1, 0x81, 0, 0x60, 7, 0x08, 0,  // Ethernet
                   0x46, 0,    0, 44, 0, 0,    0,    0, 64, 6, 0, 0, 10,   0, 0,    1, 192,  168,  0,
                   2,    1,    1, 1,  0, 0x12, 0x34, 0, 80, 0, 0, 0, 1,    0, 0,    0, 2,    0x50, 0x12,
                   0xFF, 0xFF, 0, 0,  0, 0});
}

/// One frame in a burst, and room for what is found.
class Station {
 public:
  explicit Station(const Bytes& frame) {
    CHECK_EQ(burst.allocate(1), 1u);
    std::byte* const at = pool->buffer(burst.index()[0]) + burst.offset()[0];
    std::copy(frame.begin(), frame.end(), at);
    burst.length()[0] = static_cast<uint16_t>(frame.size());
  }
  ~Station() { burst.abandon(); }

  template <typename Element>
  Element get(HeaderColumn column) const {
    const size_t at = header_column_at(static_cast<size_t>(column), kCapacity);
    return *reinterpret_cast<const Element*>(static_cast<const std::byte*>(block.get()) + at);
  }

  static constexpr uint32_t kCapacity = 5;
  ProcessMemory memory{HugePages::kNever};
  std::shared_ptr<PacketPool> pool = std::make_shared<PacketPool>(PoolOptions{.buffers = 256}, memory);
  PoolCache cache{pool};
  Burst burst{kCapacity, cache};
  std::shared_ptr<void> block{std::malloc(ParsedHeaders::block_size(kCapacity)), std::free};
  ParsedHeaders headers{kCapacity, block};
};

}  // namespace

TEST(all_that_a_frame_has_stands_in_the_columns) {
  Station station(tagged_tcp());
  CHECK_EQ(station.headers.parse(station.burst), 1);
  const uint32_t frame = station.burst.index()[0] * station.pool->stride() + station.burst.offset()[0];
  using enum HeaderColumn;
  CHECK_EQ(station.get<uint32_t>(kL3At), frame + 18);
  CHECK_EQ(station.get<uint32_t>(kL4At), frame + 42);
  CHECK_EQ(station.get<uint32_t>(kPayloadAt), frame + 62);
  CHECK_EQ(station.get<uint32_t>(kEnd), frame + 62);
  CHECK_EQ(station.get<int32_t>(kOuterTag), 0x6007);
  CHECK_EQ(station.get<int32_t>(kInnerTag), -1);
  CHECK_EQ((station.get<std::array<uint32_t, 4>>(kSource)), (std::array<uint32_t, 4>{0x0A000001}));
  CHECK_EQ((station.get<std::array<uint32_t, 4>>(kDestination)), (std::array<uint32_t, 4>{0xC0A80002}));
  CHECK_EQ(station.get<uint32_t>(kHash), flow_hash(tagged_tcp()));
  CHECK_EQ(station.get<uint16_t>(kEtherType), 0x0800);
  CHECK_EQ(station.get<int16_t>(kProtocol), 6);
  CHECK_EQ(station.get<uint16_t>(kSourcePort), 0x1234);
  CHECK_EQ(station.get<uint16_t>(kDestinationPort), 80);
  CHECK_EQ(station.get<uint8_t>(kVersion), 4);
  CHECK_EQ(station.get<uint8_t>(kFragment), 0);
  CHECK_EQ(station.get<uint8_t>(kTcpFlags), 0x12);
  CHECK_EQ(station.get<uint8_t>(kFault), 0);
}

TEST(an_entry_that_is_wrong_is_refused_by_number) {
  Station station(tagged_tcp());
  CHECK_EQ(station.burst.allocate(3), 3u);
  const uint32_t right = station.burst.index()[2];
  station.burst.index()[2] = 256;
  CHECK_EQ(station.headers.parse(station.burst), refuse(Refusal::kNotOwner));
  CHECK_EQ(station.headers.bad_entry(), 2u);
  station.burst.index()[2] = right;
  station.burst.offset()[3] = static_cast<uint16_t>(station.pool->buffer_size() + 1);
  CHECK_EQ(station.headers.parse(station.burst), refuse(Refusal::kFrameLength));
  CHECK_EQ(station.headers.bad_entry(), 3u);
  station.burst.offset()[3] = static_cast<uint16_t>(station.pool->buffer_size());
  CHECK_EQ(station.headers.parse(station.burst), 4);
}

TEST(each_cut_of_a_frame_has_the_fault_of_what_is_not_whole) {
  const Bytes frame = tagged_tcp();
  for (size_t length = 0; length < frame.size(); ++length) {
    const Layers layers = read_layers(std::span(frame).first(length));
    const Fault expected = length < 18 ? Fault::kEthernet : length < 42 ? Fault::kIp : Fault::kTransport;
    CHECK(layers.fault == expected);
    CHECK_EQ(layers.outer_tag, length < 16 ? -1 : 0x6007);
  }
  CHECK(read_layers(frame).fault == Fault::kNone);
}

TEST(positions_lie_in_the_frame_whatever_its_bytes_are) {
  std::mt19937 random(11);
  constexpr uint16_t kTypes[] = {0x0800, 0x86DD, 0x8100, 0x88A8};
  unsigned deep = 0;
  for (unsigned round = 0; round < 200'000; ++round) {
    // Exactly as long as it is, for AddressSanitizer.
    const size_t length = random() % 140;
    const auto frame = std::make_unique<std::byte[]>(length);
    for (size_t i = 0; i < length; ++i)
      frame[i] = static_cast<std::byte>(random() % 8 ? random() % 64 : random());
    const uint16_t type = kTypes[random() % 4];
    if (length > 13) frame[12] = static_cast<std::byte>(type >> 8), frame[13] = static_cast<std::byte>(type);
    if (length > 14)
      frame[14] = type == 0x0800 ? std::byte{0x45} : type == 0x86DD ? std::byte{0x60} : frame[14];
    const Layers layers = read_layers({frame.get(), length});
    CHECK(layers.end <= length && layers.payload_at <= length);
    CHECK(layers.l4_at <= layers.payload_at && layers.l3_at <= layers.payload_at);
    CHECK(!layers.has_ports() || layers.l4_at + 8 <= layers.payload_at);
    flow_hash({frame.get(), length});
    deep += layers.has_ports();
  }
  CHECK(deep > 100);
}
