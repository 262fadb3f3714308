#pragma once

#include "binding/bridge.h"

// The control functions of pools and bursts.

namespace pmd::binding {

/// createPool(buffers, dataRoom, hugePages, done), whose value is the pool's id
napi_value create_pool(Call& call);
/// createMirroredPool(buffers, dataRoom, hugePages, keeper, bytes, offset) -> id: in the memory that `bytes`
/// shows and `keeper` keeps
napi_value create_mirrored_pool(Call& call);
/// isMirroredIn(id, bytes): whether the pool is still there
napi_value is_mirrored_in(Call& call);
/// attachPool(id) -> {memory: ArrayBuffer, state: ArrayBuffer, buffers, stride, headroom, dataRoom, pageSize,
/// mirror?: where it begins in the memory that it is mirrored in}
napi_value attach_pool(Call& call);
/// closePool(id): an error while a port uses it
napi_value close_pool(Call& call);
/// retirePool(id): it ends with the last port that uses it, at the next forgetPort()
napi_value retire_pool(Call& call);
/// poolUsage(id) -> {free, rxRings, txRings, application}; undefined of a closed pool
napi_value pool_usage(Call& call);
/// createBurst(pool, capacity, timestamps, columns) -> {handle, block: ArrayBuffer, columns: {name: byte},
/// address?: of the block in the memory that the pool is mirrored in}
napi_value create_burst(Call& call);

}  // namespace pmd::binding
