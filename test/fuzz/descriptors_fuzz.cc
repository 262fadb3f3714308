// A device that writes anything into the descriptors of both rings, at any time, and an application that
// writes anything into its burst: whatever receive(), send() and release() then do, they stay inside the
// memory, every buffer has one owner, and none is lost.

#include <cstring>
#include <vector>

#include "heap_memory.h"
#include "input.h"
#include "nic/igbvf/registers.h"
#include "nic/igbvf/rx_ring.h"
#include "nic/igbvf/tx_ring.h"
#include "pci/function.h"

namespace {

using namespace pmd;
using fuzz::require;

constexpr uint32_t kRing = 32;
constexpr uint32_t kBuffers = 160;
constexpr uint32_t kRoom = kDataRooms.front();
constexpr uint32_t kMaxFrame = 9018;
constexpr uint32_t kInterrupt = 4;
constexpr uint64_t kPoolBase = 0x2'0000'0000;
constexpr uint64_t kRingBase = 0x1'0000'0000;

/// Takes doorbells, and nothing else is asked of it.
class Doorbells final : public RegisterWindow32 {
 public:
  Doorbells() : RegisterWindow32(regs::kBarSize) {}

 private:
  uint32_t load32(uint32_t) noexcept override { std::abort(); }
  void store32(uint32_t offset, uint32_t value) noexcept override {
    if (offset == regs::EIMS.at())
      return require(value == kInterrupt, "only the queue's own interrupt is asked for");
    require(offset == regs::RDT.at(0) || offset == regs::TDT.at(0), "only tails are written");
    require(value < kRing, "a tail lies in its ring");
  }
};

/// One for all inputs, since each of them gives everything back.
const std::shared_ptr<PacketPool>& shared_pool() {
  static fuzz::HeapMemory memory;
  static const auto pool = std::make_shared<PacketPool>(PoolOptions{.buffers = kBuffers}, memory);
  return pool;
}

class World {
 public:
  explicit World(fuzz::Input& input)
      : input_(input),
        pool_(shared_pool()),
        cache_(std::make_unique<PoolCache>(pool_)),
        burst_(1 + input.below(64), *cache_),
        rings_(memory_.allocate(2 * kRing * sizeof(igb::RxDescriptor))),
        rx_ring_{reinterpret_cast<igb::RxDescriptor*>(rings_->data()), Iova(kRingBase), kRing},
        tx_ring_{reinterpret_cast<igb::TxDescriptor*>(rings_->data() + rx_ring_.bytes()),
                 Iova(kRingBase + rx_ring_.bytes()), kRing},
        made_rx_(igbvf::make_rx_ring(doorbells_, 0, rx_ring_, *pool_, Iova(kPoolBase),
                                     {input.flag(), input.flag(), kMaxFrame}, {kInterrupt, -1})),
        made_tx_(igbvf::make_tx_ring(doorbells_, 0, tx_ring_, *pool_, Iova(kPoolBase), {kMaxFrame, true})) {
    rx_.attach(*cache_);
    tx_.attach(*cache_);
    rx_.fill();
    tx_.restart();
    rx_.publish();
    rx_.gate().leave();
    tx_.gate().leave();
  }

  void act() {
    switch (input_.below(11)) {
      case 0:
        return corrupt_rx();
      case 1:
        return deliver();
      case 2:
        return receive();
      case 3:
        return release();
      case 4:
        return send();
      case 5:
        return report_tx();
      case 6:
        return corrupt_tx();
      case 7:
        return corrupt_burst();
      case 8:
        burst_.allocate(input_.word());
        return;
      case 9:
        return recover();
      case 10:
        return forward();
    }
  }

  /// Everything is given back, and then every buffer is there once.
  void finish() {
    if (burst_.release() != Burst::kNoEntry) burst_.set_count(0);
    require(rx_.gate().try_enter() && tx_.gate().try_enter(), "nobody is left in a gate");
    rx_.empty();
    tx_.empty();
    tx_.detach(*cache_);
    rx_.detach(*cache_);
    cache_.reset();  // takes back what the application lost track of
    std::vector<uint32_t> all(kBuffers + 1);
    require(pool_->take(all.data(), kBuffers + 1) == kBuffers, "no buffer is lost, none is there twice");
    std::vector<bool> seen(kBuffers);
    for (uint32_t i = 0; i < kBuffers; ++i) {
      require(all[i] < kBuffers && !seen[all[i]], "every buffer is there once");
      seen[all[i]] = true;
    }
    // In their order: what one input does must not depend on those before it.
    for (uint32_t i = 0; i < kBuffers; ++i) all[i] = kBuffers - 1 - i;
    pool_->give(all.data(), kBuffers);
  }

  void check() const {
    const PacketPool::Usage usage = pool_->usage();
    require(usage.rx_rings == kRing, "every RX slot has a buffer");
    // A frame that crosses a page takes two descriptors.
    require(usage.tx_rings <= tx_.pending() && tx_.pending() <= 2 * usage.tx_rings,
            "what was sent is on the TX ring");
    require(usage.free + usage.rx_rings + usage.tx_rings + usage.application == kBuffers, "buffers add up");
  }

 private:
  /// The slot that the device would fill next, or any.
  uint32_t slot() { return input_.flag() ? input_.below(kRing) : device_next_++ % kRing; }

  void corrupt_rx() {
    igb::RxDescriptor& descriptor = rx_ring_.descriptors[slot()];
    descriptor.wb = {input_.half(), input_.half(), 0, input_.word(), input_.half(), input_.half()};
  }
  void deliver() {
    for (uint32_t n = 1 + input_.below(8); n > 0; --n) {
      igb::RxDescriptor& descriptor = rx_ring_.descriptors[device_next_++ % kRing];
      const uint64_t address = descriptor.read.packet_address;
      check_address(address, kRoom);
      descriptor.wb = {input_.half(), 0, 0, igb::rx_status::DD | igb::rx_status::EOP, input_.half(), 0};
    }
  }
  static void check_address(uint64_t address, uint32_t length) {
    // A descriptor that was written back and not taken yet holds no address.
    if (address < kPoolBase) return;
    const uint64_t offset = address - kPoolBase;
    if (offset >= uint64_t{kBuffers} * stride_of(kRoom)) return;
    require(offset % stride_of(kRoom) + length <= stride_of(kRoom),
            "a descriptor's frame lies in one buffer");
  }

  void receive() {
    const uint32_t before = burst_.count();
    const int32_t got = rx_.receive(burst_, input_.flag() ? 1024 : input_.half());
    require(got >= 0 && before + static_cast<uint32_t>(got) == burst_.count(),
            "the count is what was received");
    for (uint32_t i = before; i < burst_.count(); ++i) {
      const uint32_t buffer = burst_.index()[i];
      require(buffer < kBuffers, "a received buffer exists");
      require(owner::load(pool_->owners()[buffer]) == cache_->id(), "a received buffer is the application's");
      require(burst_.offset()[i] == kHeadroom, "a received frame lies after the headroom");
      require(burst_.length()[i] > 0 && burst_.length()[i] <= kRoom, "a received frame lies in its buffer");
      std::memset(pool_->buffer(buffer) + kHeadroom, 0x5A, burst_.length()[i]);
    }
  }
  void forward() {
    burst_.release();
    if (burst_.count() != 0) return;  // an entry is not ours
    rx_.receive(burst_, 1024);
    require(tx_.send(burst_) >= 0, "what was received can be sent");
  }
  void release() { burst_.release(input_.below(8), burst_.count()); }

  void send() {
    const uint32_t before = burst_.count();
    const uint32_t pending = tx_.pending();
    const int32_t sent = tx_.send(burst_);
    if (sent < 0) {
      require(burst_.count() == before, "a refused burst is whole");
      require(tx_.pending() <= pending, "a refused burst has sent nothing");
      require(tx_.bad_entry() < before, "the bad entry is one of the burst's");
      return;
    }
    require(static_cast<uint32_t>(sent) + burst_.count() == before, "what is not sent stays");
    require(tx_.pending() < kRing, "a slot stays free");
  }
  /// As a device does it: what has RS, in order.
  void report_tx() {
    for (uint32_t n = 1 + input_.below(kRing); n > 0; --n) {
      tx_ring_.descriptors[tx_next_++ % kRing].olinfo_status |= igb::tx_status::DD;
    }
    tx_.reclaim();
  }
  void corrupt_tx() {
    igb::TxDescriptor& descriptor = tx_ring_.descriptors[input_.below(kRing)];
    descriptor = {uint64_t{input_.word()} << 32 | input_.word(), input_.word(), input_.word()};
  }

  void corrupt_burst() {
    const uint32_t entry = input_.below(burst_.capacity());
    switch (input_.below(8)) {
      case 6:
        burst_.status()[entry] ^= rx_flag::kMore;
        break;
      case 7:
        burst_.set_has_chains(input_.flag());
        break;
      case 0:
        burst_.index()[entry] = input_.word();
        break;
      case 1:
        burst_.index()[entry] = input_.below(kBuffers);
        break;
      case 2:
        burst_.length()[entry] = input_.half();
        break;
      case 3:
        burst_.offset()[entry] = input_.half();
        break;
      case 4:
        burst_.set_count(input_.flag() ? input_.word() : input_.byte());
        break;
      case 5:
        for (uint32_t i = 0; i < burst_.count(); ++i)
          burst_.length()[i] = static_cast<uint16_t>(14 + input_.half() % 1600);
        break;
    }
  }

  /// As the control thread does it after a reset.
  void recover() {
    require(rx_.gate().try_enter() && tx_.gate().try_enter(), "nobody is left in a gate");
    rx_.fill();
    tx_.empty();
    tx_.restart();
    rx_.publish();
    rx_.gate().leave();
    tx_.gate().leave();
    device_next_ = tx_next_ = 0;
  }

  fuzz::Input& input_;
  Doorbells doorbells_;
  fuzz::HeapMemory memory_;
  std::shared_ptr<PacketPool> pool_;
  std::unique_ptr<PoolCache> cache_;
  Burst burst_;
  std::shared_ptr<Region> rings_;
  igbvf::Ring<igb::RxDescriptor> rx_ring_;
  igbvf::Ring<igb::TxDescriptor> tx_ring_;
  const std::unique_ptr<igbvf::RxRing> made_rx_;
  const std::unique_ptr<igbvf::TxRing> made_tx_;
  igbvf::RxRing& rx_ = *made_rx_;
  igbvf::TxRing& tx_ = *made_tx_;
  uint32_t device_next_ = 0;
  uint32_t tx_next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  World world(input);
  while (!input.empty()) {
    world.act();
    world.check();
  }
  world.finish();
  return 0;
}
