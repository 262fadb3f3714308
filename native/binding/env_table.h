#pragma once

#include <node_api.h>

#include <array>
#include <atomic>

namespace pmd::binding {

class EnvData;

/// Where a burst call finds its environment's data, because asking Node-API takes longer
/// (docs/performance.md). The places are compared one after the other: the processor predicts which one
/// matches, and does not wait for it, as it has to for a place that a hash names. An environment for which
/// there was no place asks Node-API.
class alignas(64) EnvTable {  // nobody's writes beside it slow the calls
 public:
  /// For the environment's own thread. It is also the one that wrote the place: so `data` needs no order of
  /// its own.
  EnvData* find(napi_env env) const noexcept {
    for (const Place& place : places_)
      if (place.env.load(std::memory_order_relaxed) == env) return place.data;
    return nullptr;
  }

  /// Acquires what remove() released: the former environment is done with the place.
  void add(napi_env env, EnvData& data) noexcept {
    for (Place& place : places_) {
      napi_env none = nullptr;
      if (!place.env.compare_exchange_strong(none, env, std::memory_order_acquire)) continue;
      place.data = &data;
      return;
    }
  }

  /// At the environment's end: the next one may have the same address.
  void remove(napi_env env) noexcept {
    for (Place& place : places_)
      if (place.env.load(std::memory_order_relaxed) == env)
        place.env.store(nullptr, std::memory_order_release);
  }

 private:
  struct Place {
    std::atomic<napi_env> env{nullptr};
    EnvData* data = nullptr;
  };
  std::array<Place, 8> places_;
};

/// Of the process, as the environments are.
inline constinit EnvTable env_table;

}  // namespace pmd::binding
