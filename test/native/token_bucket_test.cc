#include "port/token_bucket.h"

#include <random>

#include "check.h"

using pmd::TokenBucket;

namespace {

constexpr uint64_t kWeekNs = 7ull * 24 * 3600 * 1'000'000'000;

/// The same by the definition, with all the digits that it takes.
struct Oracle {
  unsigned __int128 per_second, full;
  __int128 level;
  void refill(uint64_t elapsed_ns) {
    level += static_cast<__int128>(per_second * elapsed_ns);
    if (level > static_cast<__int128>(full)) level = static_cast<__int128>(full);
  }
};

/// Takes what it can at random moments of simulated weeks.
void follow(std::mt19937_64& random, uint64_t per_second, uint64_t depth) {
  const auto below = [&](uint64_t most) { return random() % most; };
  uint64_t now = random() >> 8;
  TokenBucket bucket(per_second, depth, now);
  Oracle oracle{per_second, (unsigned __int128)depth * TokenBucket::kNsPerSecond, 0};
  oracle.level = static_cast<__int128>(oracle.full);
  for (int step = 0; step < 2000; ++step) {
    const uint64_t elapsed = below(4) == 0 ? below(kWeekNs) : below(1'000'000);
    now += elapsed;
    bucket.refill(now);
    oracle.refill(elapsed);
    const uint64_t units = 1 + below(2 * depth);
    const auto cost = static_cast<__int128>((unsigned __int128)units * TokenBucket::kNsPerSecond);
    const bool covered = oracle.level >= cost || oracle.level == static_cast<__int128>(oracle.full);
    CHECK(bucket.covers(units) == covered);
    CHECK(bucket.holds(units) == (oracle.level >= cost));
    if (covered) {
      bucket.take(units);
      oracle.level -= cost;
      continue;
    }
    const uint64_t wait = bucket.ns_until(units);
    CHECK(wait > 0);
    TokenBucket later = bucket;
    later.refill(now + wait - 1);
    CHECK(!later.covers(units));
    later.refill(now + wait);
    CHECK(later.covers(units));
  }
}

}  // namespace

TEST(a_token_bucket_agrees_with_exact_arithmetic_over_weeks) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    const uint64_t per_second = 1 + random() % (round % 2 ? TokenBucket::kMostPerSecond : 100'000);
    const uint64_t depth = 1 + random() % (round % 3 ? TokenBucket::kDeepest / 2 : 1000);
    follow(random, per_second, depth);
  }
}
