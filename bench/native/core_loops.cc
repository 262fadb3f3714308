#include "core_loops.h"

#include <cstring>
#include <utility>

#include "filter_loop.h"
#include "net/headers.h"
#include "parse_loop.h"
#include "port/tx_request.h"
#include "program_loop.h"
#include "util/error.h"

namespace pmd::bench {

namespace {

constexpr uint32_t kFrameBytes = 60;
constexpr uint32_t kHeaderBytes = 42;  // Ethernet, IPv4, UDP

/// A ring or pool that ran dry, or full, would look fast.
[[noreturn]] void incomplete() {
  throw Error(ErrorCode::kInternal, "the loop did not move every frame", "use a larger ring or pool");
}

/// What every loop has: queues, packet memory, and bursts enough for a section.
class CoreLoop : public Loop {
 public:
  CoreLoop(SteppedPort& port, PoolCache& cache, const Shape& shape)
      : shape_(shape),
        rx_(port.rx()),
        tx_(port.tx()),
        memory_(cache.pool().region()->data()),
        all_(shape.frames, cache) {
    for (uint32_t i = 0; i < shape.rounds(); ++i)
      bursts_.push_back(std::make_unique<Burst>(shape.burst, cache));
  }

 protected:
  void fill_bursts() {
    for (auto& burst : bursts_) {
      const uint32_t got = burst->allocate(shape_.burst);
      if (got < shape_.burst) incomplete();
      for (uint32_t i = 0; i < got; ++i) burst->length()[i] = kFrameBytes;
    }
  }
  void expect_empty() const {
    for (const auto& burst : bursts_)
      if (burst->count() > 0) incomplete();
  }
  void release_all() {
    if (all_.count() < shape_.rounds() * shape_.burst) incomplete();
    all_.release();
  }

  const Shape shape_;
  RxQueue& rx_;
  TxQueue& tx_;
  std::byte* const memory_;
  Burst all_;
  std::vector<std::unique_ptr<Burst>> bursts_;
};

class Nothing final : public Loop {
 public:
  [[gnu::noinline]] void measured() override { asm volatile("" ::: "memory"); }
};

struct Touch {
  void operator()(std::byte* frame) noexcept {
    frame[0] = static_cast<std::byte>(std::to_integer<unsigned>(frame[0]) + 1);
  }
};

struct RewriteMacs {
  std::byte destination[6] = {};
  std::byte source[6] = {};
  void operator()(std::byte* frame) noexcept {
    for (int i = 0; i < 6; ++i) frame[i] = destination[i];
    for (int i = 0; i < 6; ++i) frame[6 + i] = source[i];
  }
};

struct RewriteMacsByWords {
  uint32_t words[3] = {};
  void operator()(std::byte* frame) noexcept {
    for (unsigned i = 0; i < 3; ++i) std::memcpy(frame + 4 * i, &words[i], 4);
  }
};

struct ReadHeader {
  uint32_t sum = 0;
  void operator()(const std::byte* frame) noexcept {
    uint32_t all = sum;
    for (uint32_t i = 0; i < kHeaderBytes; ++i) all += std::to_integer<uint32_t>(frame[i]);
    asm volatile("" : "+r"(all));
    sum = all;
  }
};

/// EtherType, protocol, both addresses and both ports, as of IPv4 and UDP: the frames need not be such.
struct ReadFields {
  uint32_t sum = 0;
  void operator()(const std::byte* frame) noexcept {
    const std::byte* const ip = frame + 14;
    const std::byte* const ports = ip + (std::to_integer<uint32_t>(ip[0]) & 0x0F) * 4;
    uint32_t all = sum + load_be16(frame + 12) + std::to_integer<uint32_t>(ip[9]);
    all += load_be32(ip + 12) + load_be32(ip + 16) + load_be16(ports) + load_be16(ports + 2);
    asm volatile("" : "+r"(all));
    sum = all;
  }
};

/// Counts what a loop moves.
class Forwarder : public CoreLoop {
 public:
  using CoreLoop::CoreLoop;
  void finish() override { expect(shape_.rounds() * shape_.burst); }

 protected:
  /// So many more have been received and sent since the last time.
  void expect(uint32_t frames) {
    moved_ += frames;
    if (rx_.stats().packets.get() - received_ != moved_ || tx_.stats().packets.get() - sent_ != moved_)
      incomplete();
  }

 private:
  const uint64_t received_ = rx_.stats().packets.get();
  const uint64_t sent_ = tx_.stats().packets.get();
  uint64_t moved_ = 0;
};

template <typename Work>
void work_on(const Burst& burst, std::byte* memory, Work& work) noexcept {
  // Locals: a store into a frame may alias anything.
  const uint32_t* const index = burst.index();
  const uint16_t* const offset = burst.offset();
  const uint32_t count = burst.count();
  const size_t stride = burst.cache().pool().stride();
  for (uint32_t i = 0; i < count; ++i) work(memory + index[i] * stride + offset[i]);
}

template <typename Work>
class Forward final : public Forwarder {
 public:
  using Forwarder::Forwarder;
  [[gnu::noinline]] void measured() override {
    Burst& burst = *bursts_[0];
    for (uint32_t round = shape_.rounds(); round > 0; --round) {
      rx_.receive(burst, shape_.burst);
      work_on(burst, memory_, work_);
      tx_.send(burst);
      if (burst.count() > 0) burst.release();
    }
  }

 private:
  Work work_;
};

class Exchange final : public Forwarder {
 public:
  using Forwarder::Forwarder;
  void prepare() override { rx_.receive(*bursts_[0], shape_.burst); }
  [[gnu::noinline]] void measured() override {
    Burst& burst = *bursts_[0];
    for (uint32_t round = shape_.rounds(); round > 0; --round) {
      tx_.send(burst);
      if (burst.count() > 0) continue;
      rx_.receive(burst, shape_.burst);
      work_on(burst, memory_, touch_);
    }
  }
  void finish() override {
    tx_.send(*bursts_[0]);
    expect((shape_.rounds() + 1) * shape_.burst);
  }

 private:
  Touch touch_;
};

class BothWays final : public Loop {
 public:
  BothWays(SteppedPort& one, SteppedPort& other, PoolCache& cache, const Shape& shape)
      : burst_(shape.burst),
        rounds_(shape.rounds() / 2),
        there_(one, other, cache, burst_),
        back_(other, one, cache, burst_) {}
  [[gnu::noinline]] void measured() override {
    for (uint32_t round = rounds_; round > 0; --round) {
      there_.pass();
      back_.pass();
    }
  }
  void finish() override {
    there_.expect(rounds_ * burst_);
    back_.expect(rounds_ * burst_);
  }

 private:
  struct Way {
    Way(SteppedPort& from, SteppedPort& to, PoolCache& cache, uint32_t size)
        : rx(from.rx()), tx(to.tx()), memory(cache.pool().region()->data()), burst(size, cache) {}
    void pass() noexcept {
      rx.receive(burst, burst.capacity());
      work_on(burst, memory, touch);
      sent += static_cast<uint32_t>(tx.send(burst));
      if (burst.count() > 0) burst.release();
    }
    void expect(uint32_t frames) {
      if (std::exchange(sent, 0) != frames) incomplete();
    }
    RxQueue& rx;
    TxQueue& tx;
    std::byte* const memory;
    Burst burst;
    Touch touch;
    uint32_t sent = 0;
  };

  const uint32_t burst_, rounds_;
  Way there_, back_;
};

class Receive final : public CoreLoop {
 public:
  using CoreLoop::CoreLoop;
  [[gnu::noinline]] void measured() override {
    for (uint32_t round = shape_.rounds(); round > 0; --round) rx_.receive(all_, shape_.burst);
  }
  void finish() override { release_all(); }
};

class Send final : public CoreLoop {
 public:
  using CoreLoop::CoreLoop;
  void prepare() override { fill_bursts(); }
  [[gnu::noinline]] void measured() override {
    for (auto& burst : bursts_) tx_.send(*burst);
  }
  void finish() override { expect_empty(); }
};

/// Every frame, of UDP, requests both of its checksums.
class SendRequesting final : public CoreLoop {
 public:
  SendRequesting(SteppedPort& port, PoolCache& cache, const Shape& shape)
      : CoreLoop(port, cache, shape), pool_(cache.pool()) {
    const BurstOptions options{.columns = set_of(Column::kTxRequest)};
    for (auto& burst : bursts_) burst = std::make_unique<Burst>(shape.burst, cache, options);
  }
  void prepare() override {
    fill_bursts();
    for (auto& burst : bursts_) {
      for (uint32_t i = 0; i < burst->count(); ++i) {
        std::byte* const frame = pool_.buffer(burst->index()[i]) + kHeadroom;
        std::memset(frame, 0, kFrameBytes);
        store_be16(frame + 12, kEtherTypeIpv4);
        frame[14] = std::byte{0x45};
        store_be16(frame + 16, kFrameBytes - 14);
        frame[23] = std::byte{17};
        store_be16(frame + 38, kFrameBytes - 34);
        burst->tx_request()[i] = tx_request::kIpChecksum | tx_request::kL4Checksum;
      }
    }
  }
  [[gnu::noinline]] void measured() override {
    for (auto& burst : bursts_) tx_.send(*burst);
  }
  void finish() override { expect_empty(); }

 private:
  PacketPool& pool_;
};

class Allocate final : public CoreLoop {
 public:
  using CoreLoop::CoreLoop;
  [[gnu::noinline]] void measured() override {
    for (uint32_t round = shape_.rounds(); round > 0; --round) all_.allocate(shape_.burst);
  }
  void finish() override { release_all(); }
};

class Release final : public CoreLoop {
 public:
  using CoreLoop::CoreLoop;
  void prepare() override { fill_bursts(); }
  [[gnu::noinline]] void measured() override {
    for (auto& burst : bursts_) burst->release();
  }
  void finish() override { expect_empty(); }
};

}  // namespace

std::unique_ptr<Loop> make_both_ways(SteppedPort& one, SteppedPort& other, PoolCache& cache,
                                     const Shape& shape) {
  return std::make_unique<BothWays>(one, other, cache, shape);
}

std::unique_ptr<Loop> make_core_loop(std::string_view name, SteppedPort& port, PoolCache& cache,
                                     const Shape& shape) {
  if (name == "nothing") return std::make_unique<Nothing>();
  if (name == "touch") return std::make_unique<Forward<Touch>>(port, cache, shape);
  if (name == "exchange") return std::make_unique<Exchange>(port, cache, shape);
  if (name == "macs") return std::make_unique<Forward<RewriteMacs>>(port, cache, shape);
  if (name == "words") return std::make_unique<Forward<RewriteMacsByWords>>(port, cache, shape);
  if (name == "header") return std::make_unique<Forward<ReadHeader>>(port, cache, shape);
  if (name == "fields") return std::make_unique<Forward<ReadFields>>(port, cache, shape);
  if (name == "parse") return make_parse_loop(cache, shape);
  if (name == "filter") return make_filter_loop(cache, shape);
  if (auto program = make_program_loop(name, cache, shape)) return program;
  if (name == "receive") return std::make_unique<Receive>(port, cache, shape);
  if (name == "send") return std::make_unique<Send>(port, cache, shape);
  if (name == "request") return std::make_unique<SendRequesting>(port, cache, shape);
  if (name == "allocate") return std::make_unique<Allocate>(port, cache, shape);
  if (name == "release") return std::make_unique<Release>(port, cache, shape);
  return nullptr;
}

}  // namespace pmd::bench
