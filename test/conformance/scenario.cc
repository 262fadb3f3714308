#include "scenario.h"

#include <algorithm>

namespace pmd::conformance {

namespace {
std::vector<Scenario>& registry() {
  static std::vector<Scenario> list;
  return list;
}
}  // namespace

Registration::Registration(const char* topic, const char* name, void (*run)(Bench&)) {
  registry().push_back({topic, name, run});
}

std::vector<Scenario> scenarios() {
  std::vector<Scenario> list = registry();
  std::sort(list.begin(), list.end(),
            [](const Scenario& a, const Scenario& b) { return a.full_name() < b.full_name(); });
  return list;
}

Bench::~Bench() {
  stations_.clear();
}

PoolCache& Bench::make_pool(uint32_t buffers, uint32_t data_room) {
  const PoolOptions options{.buffers = buffers, .data_room = data_room, .huge_pages = HugePages::kTry};
  caches_.push_back(std::make_unique<PoolCache>(std::make_shared<PacketPool>(options, rig.memory())));
  return *caches_.back();
}

PoolCache& Bench::pool(uint32_t buffers) {
  if (default_pool_ == nullptr) default_pool_ = &make_pool(buffers);
  return *default_pool_;
}

Station& Bench::open(unsigned vf, const StationOptions& options) {
  return open_with(pool(), vf, options);
}

Station& Bench::open_with(PoolCache& cache, unsigned vf, const StationOptions& options) {
  auto observations = std::make_shared<Observations>();
  auto function = rig.open(vf, observations);
  stations_.push_back(std::make_unique<Station>(std::move(function), observations, cache, options));
  return *stations_.back();
}

std::pair<Station&, Station&> Bench::open_pair(const StationOptions& a, const StationOptions& b) {
  Station& first = open(0, a);
  return {first, open(1, b)};
}

Station& Bench::open_on(std::unique_ptr<ObservedFunction> function,
                        std::shared_ptr<Observations> observations, const StationOptions& options) {
  stations_.push_back(
      std::make_unique<Station>(std::move(function), std::move(observations), pool(), options));
  return *stations_.back();
}

void Bench::close(Station& station) {
  std::erase_if(stations_, [&](const std::unique_ptr<Station>& one) { return one.get() == &station; });
}

void Bench::finish() {
  stations_.clear();
  for (const auto& cache : caches_) {
    const PacketPool::Usage usage = cache->pool().usage();
    expect(usage.free == cache->pool().buffers(),
           "all buffers are free at the end: " + std::to_string(usage.free) + " free, " +
               std::to_string(usage.rx_rings) + " in RX rings, " + std::to_string(usage.tx_rings) +
               " in TX rings, " + std::to_string(usage.application) + " held");
  }
}

}  // namespace pmd::conformance
