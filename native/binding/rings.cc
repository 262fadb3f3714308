#include "binding/rings.h"

#include "binding/env_data.h"
#include "binding/registry.h"

namespace pmd::binding {

namespace {

RingUsers users_of(bool multi) {
  return multi ? RingUsers::kMulti : RingUsers::kSingle;
}

napi_value to_js(Js js, const Counter& counter) {
  return js.number(static_cast<double>(counter.get()));
}

}  // namespace

napi_value create_ring(Call& call) {
  const uint32_t pool = call.arguments.integer(0, "pool");
  const RingOptions options{.capacity = call.arguments.integer(1, "capacity"),
                            .producers = users_of(call.arguments.boolean(2, "producers")),
                            .consumers = users_of(call.arguments.boolean(3, "consumers"))};
  const uint32_t id = Registry::instance().add_ring(pool, options);
  call.env.own_rings.insert(id);
  return call.js.number(id);
}

napi_value close_ring(Call& call) {
  const uint32_t id = call.arguments.integer(0, "ring");
  call.env.own_rings.erase(id);
  for (const auto& ended : Registry::instance().close_ring(id)) {
    call.env.own_pools.erase(ended.id);
    call.env.drop_everywhere(ended);
  }
  return call.js.undefined();
}

napi_value ring_state(Call& call) {
  const Js js = call.js;
  const auto ring = Registry::instance().ring(call.arguments.integer(0, "ring"));
  const RxQueue::Stats& rx = ring->rx_queues()[0]->stats();
  const TxQueue::Stats& tx = ring->tx_queues()[0]->stats();
  return js.object({{"capacity", js.number(ring->capacity())},
                    {"waiting", js.number(ring->held())},
                    {"sent", to_js(js, tx.packets)},
                    {"received", to_js(js, rx.packets)},
                    {"full", to_js(js, tx.ring_full)},
                    {"oversize", to_js(js, rx.oversize)}});
}

}  // namespace pmd::binding
