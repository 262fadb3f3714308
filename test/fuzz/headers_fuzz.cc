// Frames of any bytes, in a burst of which another thread of JavaScript may have written anything: headers
// are parsed inside the memory, and what is refused stays as it was.

#include <algorithm>
#include <cstring>
#include <memory>

#include "heap_memory.h"
#include "input.h"
#include "net/flow_hash.h"
#include "port/queue.h"
#include "programs/parsed_headers.h"

namespace {

using namespace pmd;
using fuzz::require;

constexpr uint32_t kCapacity = 4;

/// A copy of exactly its size, in which AddressSanitizer sees a read beyond either end.
void read_alone(std::span<const uint8_t> bytes) {
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::transform(bytes.begin(), bytes.end(), copy.get(), [](uint8_t byte) { return std::byte{byte}; });
  const std::span<const std::byte> frame(copy.get(), bytes.size());
  const Layers layers = read_layers(frame);
  require(layers.end <= frame.size(), "the payload ends in the frame");
  require(layers.l3_at <= layers.payload_at && layers.payload_at <= frame.size(), "headers lie in the frame");
  require(layers.l4_at <= layers.payload_at, "the transport lies behind IP");
  require(layers.fault != Layers::Fault::kContinued, "a frame alone continues none");
  const bool whole = layers.fault == Layers::Fault::kNone || layers.fault == Layers::Fault::kTruncated;
  require(!layers.has_ports() || whole, "ports are those of a whole header");
  require(flow_hash(frame) == flow_hash(frame.data(), layers), "a frame has one hash");
}

/// One for all inputs.
struct World {
  World() { require(burst.allocate(kCapacity) == kCapacity, "the pool has buffers"); }
  fuzz::HeapMemory memory;
  std::shared_ptr<PacketPool> pool = std::make_shared<PacketPool>(PoolOptions{.buffers = 64}, memory);
  PoolCache cache{pool};
  Burst burst{kCapacity, cache};
  /// Exactly its size, too.
  std::shared_ptr<void> block{std::malloc(ParsedHeaders::block_size(kCapacity)), std::free};
  ParsedHeaders headers{kCapacity, block};
};

void parse_in_burst(fuzz::Input& input, std::span<const uint8_t> bytes) {
  static World world;
  Burst& burst = world.burst;
  const std::vector<uint32_t> right(burst.index(), burst.index() + kCapacity);
  for (uint32_t i = 0; i < kCapacity; ++i) {
    const auto buffer_size = world.pool->buffer_size();
    burst.offset()[i] = input.flag() ? input.half() : static_cast<uint16_t>(buffer_size - bytes.size());
    burst.length()[i] = input.flag() ? input.half() : static_cast<uint16_t>(bytes.size());
    burst.status()[i] = input.word();
    std::memcpy(world.pool->buffer(right[i]) + buffer_size - bytes.size(), bytes.data(), bytes.size());
    if (input.below(8) == 0) burst.index()[i] = input.word();
  }
  burst.set_count(input.flag() ? kCapacity : input.word());
  burst.set_has_chains(input.flag());
  const uint32_t count = burst.count();
  const int32_t result = world.headers.parse(burst);
  require(result < 0 || result == static_cast<int32_t>(count), "all frames are parsed, or one is refused");
  require(result >= 0 || world.headers.bad_entry() < count, "a refusal names an entry");
  require(result >= 0 || result == refuse(Refusal::kNotOwner) || result == refuse(Refusal::kFrameLength),
          "an entry is another's, or leaves its buffer");
  std::copy(right.begin(), right.end(), burst.index());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kControl = 40;
  const size_t control = std::min(size, kControl);
  const std::span<const uint8_t> frame(data + control, std::min<size_t>(size - control, 2000));
  read_alone(frame);
  fuzz::Input input(data, control);
  parse_in_burst(input, frame);
  return 0;
}
