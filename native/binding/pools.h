#pragma once

#include <napi.h>

// The control functions of pools and bursts. TypeScript has checked the arguments' types and ranges.

namespace pmd::binding {

/// createPool(buffers, hugePages) -> Promise<{id, buffers, pageSize}>
Napi::Value create_pool(const Napi::CallbackInfo& info);
/// attachPool(id) -> {memory: ArrayBuffer, buffers, stride, headroom, dataRoom, pageSize}
Napi::Value attach_pool(const Napi::CallbackInfo& info);
/// closePool(id): throws while a port uses it
Napi::Value close_pool(const Napi::CallbackInfo& info);
/// retirePool(id): it ends with the last port that uses it, at the next forgetPort()
Napi::Value retire_pool(const Napi::CallbackInfo& info);
/// poolUsage(id) -> {free, rxRings, txRings, application}
Napi::Value pool_usage(const Napi::CallbackInfo& info);
/// createBurst(pool, capacity) -> {handle, block: ArrayBuffer}
Napi::Value create_burst(const Napi::CallbackInfo& info);

}  // namespace pmd::binding
