#pragma once

#include <napi.h>

#include <memory>

#include "binding/env_data.h"

namespace pmd::binding {

/// One queue in the hands of one environment: what the burst functions find in their data pointer. Lives as long as the
/// JavaScript function does.
struct Attachment {
  EnvData& env;
  std::shared_ptr<Port> port;  ///< keeps the queue's memory, also after close
  PoolCache* cache;            ///< null once the pool was closed here
  RxQueue* rx = nullptr;
  TxQueue* tx = nullptr;

  void detach() noexcept {
    if (cache == nullptr) return;
    if (rx != nullptr) rx->detach(*cache);
    if (tx != nullptr) tx->detach(*cache);
    cache = nullptr;
  }
};

/// attachRx(port, queue, pool) -> {receive, wait, detach}; attachTx(port, queue, pool) -> {send, reclaim, detach}: the burst calls.
Napi::Value attach_rx(const Napi::CallbackInfo& info);
Napi::Value attach_tx(const Napi::CallbackInfo& info);

/// release() and allocate() of the burst whose handle is in the call block.
napi_value release_burst(napi_env env, napi_callback_info info);
napi_value allocate_frames(napi_env env, napi_callback_info info);

}  // namespace pmd::binding
