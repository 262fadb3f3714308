#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rig.h"
#include "station.h"

namespace pmd::conformance {

/// What a scenario works with: ports, pools and their books. It ends with everything closed and every buffer
/// accounted for.
class Bench {
 public:
  explicit Bench(Rig& rig) : rig(rig) {}
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Rig& rig;

  /// A pool that every port here can use, and this thread's cache of it.
  PoolCache& make_pool(uint32_t buffers, uint32_t data_room = kDataRooms.front());
  /// The pool that open() uses; it is made at the first call.
  PoolCache& pool(uint32_t buffers = 4096);

  Station& open(unsigned vf, const StationOptions& options = {});
  Station& open_with(PoolCache& cache, unsigned vf, const StationOptions& options = {});
  /// Both VFs, in order.
  std::pair<Station&, Station&> open_pair(const StationOptions& a = {}, const StationOptions& b = {});
  /// Over a bus that the scenario has dealt with already.
  Station& open_on(std::unique_ptr<ObservedFunction> function, std::shared_ptr<Observations> observations,
                   const StationOptions& options = {});
  /// Closes a station and forgets it.
  void close(Station& station);

  /// Closes what is open, and demands that all buffers of all pools are free.
  void finish();

 private:
  PoolCache* default_pool_ = nullptr;
  std::vector<std::unique_ptr<PoolCache>> caches_;
  std::vector<std::unique_ptr<Station>> stations_;
};

struct Scenario {
  std::string topic;
  std::string name;
  void (*run)(Bench&);
  std::string full_name() const { return topic + "/" + name; }
};

/// All of them, in the order of their names.
std::vector<Scenario> scenarios();

struct Registration {
  Registration(const char* topic, const char* name, void (*run)(Bench&));
};

/// SCENARIO(rings, wraps) { bench.open(0); … }
#define SCENARIO(topic, name)                                                       \
  static void topic##_##name(Bench& bench);                                         \
  static const Registration topic##_##name##_entry{#topic, #name, &topic##_##name}; \
  static void topic##_##name([[maybe_unused]] Bench& bench)

}  // namespace pmd::conformance
