#include <cstdio>
#include <cstring>
#include <exception>
#include <random>

#include "options.h"
#include "scenario.h"
#include "support/limits.h"
#include "util/clock.h"

// traffic --bus=emulation|qtest|vfio [--frames=N] [--seconds=S] [--seed=N] [--ring=N]
// Sends frames of random sizes (60 to 1514) and contents from VF 0 to VF 1, with fewer on their way than the
// RX ring holds, and checks every byte. Ends after N frames or S seconds. Exit status 1 unless none was lost,
// reordered or corrupted and the pool is full at the end.

namespace pmd::conformance {

namespace {

constexpr uint32_t kShortest = 60, kLongest = 1514;
constexpr uint32_t kHeader = 14;
constexpr uint32_t kBurst = 64;
/// Nothing arrives for so long: what is missing by then is lost.
const std::chrono::milliseconds kSilence = test::limit(std::chrono::seconds(30));

struct Wish {
  uint64_t frames;
  double seconds;
  uint64_t seed;
  uint32_t ring;
};

struct Tally {
  uint64_t sent = 0, received = 0, lost = 0, reordered = 0, corrupted = 0, bytes = 0, first_gap = 0,
           recoveries = 0;
  double seconds = 0;
};

/// What frame `number` of a run is: sender and receiver work it out apart.
class Content {
 public:
  explicit Content(uint64_t seed) : seed_(seed) {}

  uint32_t length(uint64_t number) const {
    return kShortest + static_cast<uint32_t>(mix(number) % (kLongest - kShortest + 1));
  }
  /// Sequence number, then words that follow from it.
  void fill(std::byte* payload, uint32_t length, uint64_t number) const {
    std::memcpy(payload, &number, sizeof(number));
    uint64_t word = mix(number ^ ~seed_);
    for (uint32_t at = sizeof(number); at < length; at += sizeof(word)) {
      word = word * 6364136223846793005u + 1442695040888963407u;
      std::memcpy(payload + at, &word, std::min<size_t>(sizeof(word), length - at));
    }
  }

 private:
  /// splitmix64: every number gets an independent-looking one.
  uint64_t mix(uint64_t x) const {
    x += seed_ + 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }
  uint64_t seed_;
};

class Run {
 public:
  Run(Station& from, Station& to, const Wish& wish)
      : from_(from), to_(to), wish_(wish), content_(wish.seed), to_mac_(to.mac()), from_mac_(from.mac()) {}

  Tally run() {
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wish_.seconds));
    auto progress = begin;
    for (;;) {
      const auto now = Clock::now();
      const bool more = tally_.sent < wish_.frames && now < end;
      if (more) send();
      if (receive() > 0) progress = now;
      if (!more && expected_ == tally_.sent) break;
      if (now - progress > kSilence) break;
    }
    if (tally_.sent > expected_ && tally_.lost == 0) tally_.first_gap = expected_;
    tally_.lost += tally_.sent - expected_;
    tally_.recoveries = from_.port().snapshot().recoveries + to_.port().snapshot().recoveries;
    tally_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return tally_;
  }

 private:
  void send() {
    Burst& burst = from_.outgoing();
    // One descriptor of the ring always stays with the driver, and of a large one 32 more at times.
    const uint64_t room = wish_.ring - (wish_.ring < 256 ? 1 : 33);
    const uint64_t outstanding = tally_.sent + burst.count() - expected_;
    const uint64_t window = room > outstanding ? room - outstanding : 0;
    const uint64_t left = wish_.frames - tally_.sent - burst.count();
    const auto wanted = static_cast<uint32_t>(std::min({uint64_t{kBurst} - burst.count(), window, left}));
    const uint32_t first = burst.count();
    const uint32_t got = burst.allocate(wanted);
    for (uint32_t i = first; i < first + got; ++i) {
      const uint64_t number = tally_.sent + i;
      const uint32_t length = content_.length(number);
      std::byte* const frame = from_.cache().pool().buffer(burst.index()[i]) + kHeadroom;
      write_header(frame);
      content_.fill(frame + kHeader, length - kHeader, number);
      burst.length()[i] = static_cast<uint16_t>(length);
    }
    if (burst.count() == 0) return;
    const int32_t sent = from_.tx().send(burst);
    if (sent < 0) throw std::runtime_error("send was refused: " + std::to_string(sent));
    tally_.sent += static_cast<uint64_t>(sent);
  }

  void write_header(std::byte* frame) const {
    std::memcpy(frame, to_mac_.data(), 6);
    std::memcpy(frame + 6, from_mac_.data(), 6);
    frame[12] = std::byte{kEtherType >> 8};
    frame[13] = std::byte{kEtherType & 0xFF};
  }

  uint32_t receive() {
    Burst& burst = to_.incoming();
    const int32_t got = to_.rx().receive(burst, kBurst);
    if (got < 0) throw std::runtime_error("receive was refused: " + std::to_string(got));
    for (uint32_t i = 0; i < burst.count(); ++i)
      check(to_.cache().pool().buffer(burst.index()[i]) + burst.offset()[i], burst.length()[i]);
    if (burst.release() != Burst::kNoEntry)
      throw std::runtime_error("a received frame was not ours to release");
    return static_cast<uint32_t>(got);
  }

  void check(const std::byte* frame, uint32_t length) {
    if (!is_ours({frame, length})) return;
    ++tally_.received;
    tally_.bytes += length;
    uint64_t number;
    std::memcpy(&number, frame + kHeader, sizeof(number));
    if (number >= tally_.sent || length != content_.length(number)) {
      ++tally_.corrupted;
      return;
    }
    std::byte wanted[kLongest];
    write_header(wanted);
    content_.fill(wanted + kHeader, length - kHeader, number);
    if (std::memcmp(frame, wanted, length) != 0) ++tally_.corrupted;
    if (number < expected_) {
      ++tally_.reordered;
      return;
    }
    if (number > expected_ && tally_.lost == 0) tally_.first_gap = expected_;
    tally_.lost += number - expected_;
    expected_ = number + 1;
  }

  Station& from_;
  Station& to_;
  const Wish wish_;
  const Content content_;
  const MacAddress to_mac_, from_mac_;
  uint64_t expected_ = 0;  ///< the next frame's number
  Tally tally_;
};

int run(Rig& rig, const Wish& wish) {
  rig.fresh();
  Bench bench(rig);
  bench.pool(8192);
  const StationOptions options{.rx_ring = wish.ring, .tx_ring = wish.ring};
  auto [from, to] = bench.open_pair(options, options);
  const Tally tally = Run(from, to, wish).run();
  bool whole = true;
  try {
    bench.finish();
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    whole = false;
  }
  std::printf(
      "%s: %llu frames (%llu bytes) in %.1f s, %.0f frames/s: %llu lost, %llu reordered, %llu corrupted, "
      "pool %s\n",
      std::string(rig.bus()).c_str(), static_cast<unsigned long long>(tally.received),
      static_cast<unsigned long long>(tally.bytes), tally.seconds,
      static_cast<double>(tally.received) / tally.seconds, static_cast<unsigned long long>(tally.lost),
      static_cast<unsigned long long>(tally.reordered), static_cast<unsigned long long>(tally.corrupted),
      whole ? "full" : "NOT full");
  if (tally.lost > 0)
    std::printf("the first lost frame is number %llu\n", static_cast<unsigned long long>(tally.first_gap));
  if (tally.recoveries > 0)
    std::printf("%llu recoveries\n", static_cast<unsigned long long>(tally.recoveries));
  const bool good =
      tally.lost + tally.reordered + tally.corrupted == 0 && tally.received == tally.sent && whole;
  return good && tally.received > 0 ? 0 : 1;
}

}  // namespace

}  // namespace pmd::conformance

int main(int count, char** arguments) {
  using namespace pmd::conformance;
  const auto number = [&](const char* name, double otherwise) {
    const auto text = option(count, arguments, name);
    return text ? std::stod(*text) : otherwise;
  };
  try {
    const auto rig = make_rig(option(count, arguments, "bus").value_or("emulation"));
    if (!rig) return kSkipped;
    return run(*rig, {.frames = static_cast<uint64_t>(number("frames", 1e6)),
                      .seconds = number("seconds", 120),
                      .seed = static_cast<uint64_t>(number("seed", 1)),
                      .ring = static_cast<uint32_t>(number("ring", 512))});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "traffic: %s\n", error.what());
    return 1;
  }
}
