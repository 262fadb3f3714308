#pragma once

#include <node_api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "binding/env_table.h"
#include "binding/event_channel.h"
#include "binding/handle_table.h"
#include "binding/js.h"
#include "binding/registry.h"
#include "dma/block_arena.h"
#include "dma/mirror.h"
#include "dma/pool_cache.h"
#include "port/burst.h"
#include "port/port.h"
#include "programs/filter.h"
#include "programs/parsed_headers.h"
#include "ring/dealer.h"

namespace pmd::binding {

struct Attachment;

/// What a raw Node-API function was defined with.
template <typename T>
T& data_of_call(napi_env env, napi_callback_info info) noexcept {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return *static_cast<T*>(data);
}

/// One pool as one environment uses it: its cache, and its view of the memory.
struct EnvPool {
  explicit EnvPool(std::shared_ptr<PacketPool> pool) : cache(std::move(pool)) {}
  PoolCache cache;
  Reference memory;  ///< an ArrayBuffer, from when it is first asked for
  Reference state;   ///< another, of one word that JavaScript reads: whether the pool is closed here
  uint32_t* closed = nullptr;
  Reference mirrored_in;           ///< what keeps the mirror's addresses from being unmapped
  std::unique_ptr<Mirror> mirror;  ///< of a pool that this environment has put into such a memory
};

/// What the handle of a queue stands for. The queue itself stands here, too, so that a burst call need not
/// look into the attachment for it.
struct AttachedQueue {
  Attachment* attachment = nullptr;
  RxQueue* rx = nullptr;  ///< or else
  TxQueue* tx = nullptr;
  Sender* sender = nullptr;  ///< the TX queue, or what stands before it
};

/// What one environment (the main thread or a worker) has: instance data of the addon.
///
/// The order of the members is the reverse of the order in which they are torn down: queues let go of the
/// caches before those end.
class EnvData {
 public:
  explicit EnvData(napi_env env);
  ~EnvData();
  EnvData(const EnvData&) = delete;
  EnvData& operator=(const EnvData&) = delete;
  napi_env env() const noexcept { return env_; }
  static EnvData& of(napi_env env);
  /// The same for a function that was defined with the environment's data, as those of the packet path are.
  static EnvData& of_call(napi_env env, napi_callback_info info) noexcept {
    EnvData* const known = env_table.find(env);
    return known != nullptr ? *known : data_of_call<EnvData>(env, info);
  }

  /// A burst call's arguments and results go through this block: two plain stores cost a nanosecond or two,
  /// where Node-API's own arguments and results cost 30 (see docs/decisions.md).
  struct CallBlock {
    uint32_t burst;  ///< in: handle of the burst
    uint32_t count;  ///< in: how many frames at most
    int32_t result;  ///< out: how many, or a Refusal
    uint32_t entry;  ///< out: the entry that was refused
    /// out of readClock(), CLOCK_MONOTONIC in nanoseconds, exact for 104 days of uptime; or of readCycles()
    double reading;
    uint32_t rx;       ///< in: handle of the RX queue
    uint32_t tx;       ///< in: handle of the TX queue
    int32_t sent;      ///< out of exchange(): how many, or a Refusal
    uint32_t program;  ///< in: handle of what looks at the burst's frames
  };
  alignas(64) CallBlock call{};  // nobody else's writes beside it

  /// Arguments and results of distribute(), beside the call block's.
  struct DealBlock {
    struct Lane {
      uint32_t tx;       ///< in: handle of the TX queue
      uint32_t burst;    ///< in: handle of the burst to gather its frames in
      uint32_t dropped;  ///< out: entries
    };
    enum class By : uint32_t { kFlow, kTag, kTargets };

    By by;           ///< in
    uint32_t lanes;  ///< in: how many
    Lane lane[Dealer::kMaxLanes];
    uint32_t targets[Burst::kMaxCapacity];  ///< in, for kTargets: the lane of each frame
  };

  std::shared_ptr<EventChannel> events;
  const std::shared_ptr<BlockArena> blocks = BlockArena::make();
  std::set<uint32_t> own_ports;  ///< opened by this environment, closed at its end
  std::set<uint32_t> own_rings;  ///< made by this environment, closed at its end
  std::set<uint32_t> own_pools;  ///< made by this environment, and orphans after its end
  /// Closes them now, whatever state they are in. Blocks.
  void close_own_ports() noexcept;
  void close_own_rings() noexcept;

  /// This environment's use of a pool, made when first asked for. Throws Error(kClosed, kBusy).
  EnvPool& pool(uint32_t id);
  /// Ends this environment's use of a pool: its bursts and its cache. Views stay, over zeros in the end: a
  /// job of Node's thread pool may use them, and Node does not survive that they are detached.
  void drop_pool(uint32_t id);
  /// The same now, and in every other environment when its event loop turns.
  void drop_everywhere(const Registry::EndedPool& ended);

  /// A handle names one burst until remove_burst(), also when the burst has ended with its pool.
  uint32_t add_burst(std::unique_ptr<Burst> burst) { return bursts_.add(std::move(burst)); }
  void remove_burst(uint32_t handle) noexcept;
  Burst* burst(uint32_t handle) noexcept {
    const auto* const entry = bursts_.find(handle);
    return entry == nullptr ? nullptr : entry->get();
  }

  uint32_t add_headers(std::unique_ptr<ParsedHeaders> headers) { return headers_.add(std::move(headers)); }
  void remove_headers(uint32_t handle) noexcept { headers_.remove(handle); }
  ParsedHeaders* headers(uint32_t handle) noexcept {
    const auto* const entry = headers_.find(handle);
    return entry == nullptr ? nullptr : entry->get();
  }

  uint32_t add_filter(std::unique_ptr<Filter> filter) { return filters_.add(std::move(filter)); }
  void remove_filter(uint32_t handle) noexcept { filters_.remove(handle); }
  Filter* filter(uint32_t handle) noexcept {
    const auto* const entry = filters_.find(handle);
    return entry == nullptr ? nullptr : entry->get();
  }

  /// Functions that other threads ask to be called: see JsCallback.
  uint64_t add_function(napi_value function) {
    functions_.emplace(++last_function_, refer_to(Napi::Value(env_, function)));
    return last_function_;
  }
  void remove_function(uint64_t key) noexcept { functions_.erase(key); }
  napi_value function(uint64_t key) const { return functions_.at(key).Value(); }

  uint32_t add_queue(const AttachedQueue& queue) { return queues_.add(queue); }
  void remove_queue(uint32_t handle) noexcept { queues_.remove(handle); }
  /// Frames for this queue go there.
  void put_before(uint32_t handle, Sender& sender) noexcept { queues_.entry(handle).sender = &sender; }
  /// Null, or with nothing in it, when there is none (any more).
  const AttachedQueue* queue(uint32_t handle) noexcept { return queues_.find(handle); }
  bool is_attached(const Queue& queue) noexcept;

 private:
  void drop_users_of(PoolCache& cache) noexcept;

  const napi_env env_;
  std::map<uint32_t, std::unique_ptr<EnvPool>> pools_;
  HandleTable<std::unique_ptr<Burst>> bursts_{"bursts"};  ///< null once the burst's pool was closed
  HandleTable<std::unique_ptr<ParsedHeaders>> headers_{"headers"};
  HandleTable<std::unique_ptr<Filter>> filters_{"filters"};
  HandleTable<AttachedQueue> queues_{"queues"};
  std::map<uint64_t, Reference> functions_;
  uint64_t last_function_ = 0;

 public:
  DealBlock deal{};  ///< last: nothing of the packet path stands behind it
};

/// Any thread. Every user of the pool lets go of it when its event loop turns.
void drop_by_users(const Registry::EndedPool& ended);

}  // namespace pmd::binding
