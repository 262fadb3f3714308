// Shows that the IOMMU is what keeps a device in bounds: a driver that is lied to about where its packet
// memory is makes the device reach for addresses that were never mapped, or are not any more, and nothing
// moves.
//
//   isolation VF0 VF1 never|no-longer
//
// Prints the addresses that must be in the kernel's log of DMAR faults, one a line; exit status 1 when bytes
// have moved.
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "open/drivers.h"
#include "open/open_port.h"
#include "support/forwarding_function.h"
#include "support/limits.h"
#include "util/clock.h"
#include "vfio/function.h"

namespace pmd {

namespace {

constexpr uint32_t kFrames = 32;
constexpr uint32_t kLength = 200;
constexpr std::byte kPoison{0xA5};
const std::chrono::milliseconds kPatience = test::limit(std::chrono::seconds(60));

/// A function whose map() can be told to say something else than the truth about a region.
class LyingFunction final : public ForwardingFunction, private DmaSpace {
 public:
  using Lie = std::function<Iova(DmaSpace& truth, std::shared_ptr<Region> region)>;

  LyingFunction(std::unique_ptr<PciFunction> truth, std::shared_ptr<Region> subject, Lie lie)
      : ForwardingFunction(std::move(truth)), subject_(std::move(subject)), lie_(std::move(lie)) {}

  DmaSpace& dma() noexcept override { return *this; }

 private:
  MemorySource& memory() noexcept override { return inner().dma().memory(); }
  Iova map(std::shared_ptr<Region> region) override {
    if (region != subject_) return inner().dma().map(std::move(region));
    return told_ = lie_(inner().dma(), std::move(region));
  }
  void unmap(Iova base) noexcept override {
    if (!(base == told_)) inner().dma().unmap(base);
  }

  const std::shared_ptr<Region> subject_;
  const Lie lie_;
  Iova told_;
};

PortConfig config_with(std::shared_ptr<PacketPool> pool) {
  PortConfig config;
  config.pool = std::move(pool);
  return config;
}

/// One port, for this thread.
struct Station {
  Station(std::unique_ptr<PciFunction> function, std::shared_ptr<PacketPool> its_pool)
      : pool(std::move(its_pool)),
        cache(pool),
        burst(64, cache),
        port(open_port_on(std::move(function), config_with(pool), [](const PortEvent&) {})) {
    rx().attach(cache);
    tx().attach(cache);
  }
  ~Station() {
    burst.release();
    port->close();
    tx().detach(cache);
    rx().detach(cache);
  }

  RxQueue& rx() { return *port->driver().rx_queues()[0]; }
  TxQueue& tx() { return *port->driver().tx_queues()[0]; }
  MacAddress mac() { return port->snapshot().settings.mac; }

  /// Sends frames, and waits until the device says that it has dealt with them.
  void send(const MacAddress& to) {
    burst.allocate(kFrames);
    const MacAddress from = mac();
    for (uint32_t i = 0; i < burst.count(); ++i) {
      std::byte* frame = pool->buffer(burst.index()[i]) + burst.offset()[i];
      std::memset(frame, 0x5A, kLength);
      std::memcpy(frame, to.data(), to.size());
      std::memcpy(frame + to.size(), from.data(), from.size());
      frame[12] = std::byte{0x88};
      frame[13] = std::byte{0xB5};
      burst.length()[i] = kLength;
    }
    tx().send(burst);
    const auto deadline = Clock::now() + kPatience;
    while (tx().pending() > 0 && Clock::now() < deadline) tx().reclaim();
  }

  /// Frames that arrive until nothing has for a while; `look` sees each.
  uint32_t receive(const std::function<void(const std::byte*, uint32_t)>& look) {
    uint32_t count = 0;
    for (auto last = Clock::now(); Clock::now() - last < std::chrono::milliseconds(500);) {
      if (rx().receive(burst, 64) == 0) continue;
      last = Clock::now();
      for (uint32_t i = 0; i < burst.count(); ++i)
        look(pool->buffer(burst.index()[i]) + burst.offset()[i], burst.length()[i]);
      count += burst.count();
      burst.release();
    }
    return count;
  }

  const std::shared_ptr<PacketPool> pool;
  PoolCache cache;
  Burst burst;
  const std::shared_ptr<Port> port;
};

std::unique_ptr<PciFunction> open_function(const std::string& address) {
  return vfio::open_vfio(pci::PciAddress::parse(address), supported_ids());
}

std::shared_ptr<PacketPool> make_pool() {
  ProcessMemory memory(HugePages::kTry);
  return std::make_shared<PacketPool>(PoolOptions{}, memory);
}

int run(const std::string& address, const std::string& other, bool never) {
  const auto pool = make_pool();
  std::memset(pool->region()->data(), static_cast<int>(kPoison), pool->region()->size());
  const auto open = [&](LyingFunction::Lie lie) {
    return std::make_unique<LyingFunction>(open_function(address), pool->region(), std::move(lie));
  };
  Iova reached;
  if (!never) {
    // Where the pool really was, for a port that is closed by now.
    Station honest(open([&](DmaSpace& truth, std::shared_ptr<Region> region) {
                     return reached = truth.map(std::move(region));
                   }),
                   pool);
  }
  Station liar(open([&](DmaSpace&, std::shared_ptr<Region>) {
                 if (never) reached = Iova(uint64_t{1} << 37);
                 return reached;
               }),
               pool);
  Station witness(open_function(other), make_pool());
  std::printf("%llx %llx\n", static_cast<unsigned long long>(reached.value()),
              static_cast<unsigned long long>(reached.value() + pool->region()->size()));

  int moved = 0;
  liar.send(witness.mac());
  if (const uint32_t got = witness.receive([](const std::byte*, uint32_t) {}); got != 0) {
    std::printf("%u frames were sent out of memory that was not mapped\n", got);
    moved = 1;
  }
  std::memset(pool->region()->data(), static_cast<int>(kPoison), pool->region()->size());
  witness.send(liar.mac());
  // The device says that frames have arrived: it has not noticed. None of their bytes may have.
  liar.receive([&](const std::byte*, uint32_t) {});
  const std::byte* begin = pool->region()->data();
  for (size_t at = 0; at < pool->region()->size(); ++at) {
    if (begin[at] == kPoison) continue;
    std::printf("byte %zu of memory that was not mapped has changed\n", at);
    return 1;
  }
  return moved;
}

}  // namespace

}  // namespace pmd

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    return pmd::run(argv[1], argv[2], std::string_view(argv[3]) == "never");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "isolation: %s\n", error.what());
    return 1;
  }
}
