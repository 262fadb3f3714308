#pragma once

#include "binding/bridge.h"

// The control functions of rings between threads. Their queues are attached as those of ports.

namespace pmd::binding {

/// createRing(pool, capacity, multiProducers, multiConsumers) -> its number
napi_value create_ring(Call& call);
/// closeRing(id)
napi_value close_ring(Call& call);
/// ringState(id) -> {capacity, waiting, sent, received, full, oversize}
napi_value ring_state(Call& call);

}  // namespace pmd::binding
