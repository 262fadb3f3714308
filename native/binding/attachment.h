#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "binding/bridge.h"
#include "binding/env_data.h"
#include "binding/sleeper.h"
#include "port/paced_sender.h"

namespace pmd::binding {

/// One queue in the hands of one environment: what the burst functions find by its handle. Lives as long as
/// the JavaScript function that gives it up does, which whoever uses the handle keeps.
struct Attachment {
  /// `selected` names the owner's queue, and no attachment yet.
  Attachment(EnvData& environment, std::shared_ptr<QueueOwner> of_queue, PoolCache& of_thread,
             const AttachedQueue& selected)
      : env(environment),
        owner(std::move(of_queue)),
        cache(&of_thread),
        rx(selected.rx),
        tx(selected.tx),
        handle(environment.add_queue({this, rx, tx, tx})) {
    if (rx != nullptr) sleeper.emplace(environment.env(), environment.events, owner, *rx);
  }
  /// Also on the way out of an attach that failed half-way: a worker can be terminated within any call.
  ~Attachment() {
    detach();
    env.remove_queue(handle);
  }
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

  EnvData& env;
  std::shared_ptr<QueueOwner> owner;  ///< keeps the queue's memory, also after close
  PoolCache* cache;                   ///< null once the pool was closed here
  RxQueue* const rx;
  TxQueue* const tx;
  const uint32_t handle;  ///< names it in a call block

  std::optional<Sleeper> sleeper;    ///< of an RX queue
  std::optional<PacedSender> pacer;  ///< of a TX queue that has a rate

  Queue* queue() const noexcept { return rx != nullptr ? static_cast<Queue*>(rx) : tx; }
  /// Gives the queue up, unless the environment has attached to it a second time.
  void detach() noexcept {
    PoolCache* const mine = std::exchange(cache, nullptr);
    if (mine != nullptr && !env.is_attached(*queue())) queue()->detach(*mine);
    if (sleeper) sleeper->stop();
  }
  /// Frames go at this rate from now on; none: as fast as they are sent.
  void set_rate(const std::optional<PacedSender::Rate>& rate) noexcept {
    env.put_before(handle, *tx);
    pacer.reset();
    if (rate) env.put_before(handle, pacer.emplace(*tx, *rate));
  }
  void sleep(napi_value callback) { sleeper->sleep(callback, cache != nullptr); }
};

/// attachRx(port, queue, pool) -> {wait, cancelWait, ended, detach, handle};
/// attachTx(port, queue, pool) -> {setRate, roomNs, detach, handle}
napi_value attach_rx(Call& call);
napi_value attach_tx(Call& call);

/// Of the burst and the queues whose handles are in the call block. exchange() sends, and receives the next
/// burst when all of this one went.
napi_value receive(napi_env env, napi_callback_info info);
napi_value send(napi_env env, napi_callback_info info);
napi_value exchange(napi_env env, napi_callback_info info);
napi_value reclaim(napi_env env, napi_callback_info info);
napi_value count_unsent(napi_env env, napi_callback_info info);
/// Deals the burst's frames out to the queues of the deal block.
napi_value distribute(napi_env env, napi_callback_info info);
napi_value release_burst(napi_env env, napi_callback_info info);
napi_value allocate_frames(napi_env env, napi_callback_info info);

}  // namespace pmd::binding
