#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/attachment.h"
#include "binding/registry.h"

// The functions of the packet path: raw Node-API callbacks with arguments and results in the call block.
// There is one of each for all queues, which are named in the block: where a loop serves more than one queue,
// V8 would find another function behind the same call each time, and not compile the call. They return
// undefined, allocate nothing and throw nothing: TypeScript turns a refusal into an error.

namespace pmd::binding {

namespace {

/// The queue, if it is one of that kind. Null when there is none any more.
RxQueue* rx_of(const AttachedQueue* queue) noexcept {
  return queue == nullptr ? nullptr : queue->rx;
}
TxQueue* tx_of(const AttachedQueue* queue) noexcept {
  return queue == nullptr ? nullptr : queue->tx;
}
Sender* sender_of(const AttachedQueue* queue) noexcept {
  return queue == nullptr ? nullptr : queue->sender;
}

/// wait(callback): calls back, once, when frames may have come. Does not keep the event loop alive.
napi_value wait(napi_env env, napi_callback_info info) noexcept {
  try {
    const Napi::CallbackInfo call(env, info);
    const napi_value callback = Arguments(call).function(0, "callback");
    static_cast<Attachment*>(call.Data())->sleep(callback);
  } catch (const Error&) {  // no function: nobody wants to be called
  } catch (const Stopped&) {
  }
  return nullptr;
}

/// cancelWait(): the callback is not called any more.
napi_value cancel_wait(napi_env env, napi_callback_info info) {
  data_of_call<Attachment>(env, info).sleeper->cancel();
  return nullptr;
}

/// ended(): whether no frame comes any more.
napi_value ended(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  napi_get_boolean(env, data_of_call<Attachment>(env, info).rx->ended(), &result);
  return result;
}

/// ready(): entries that are ready to be received.
napi_value ready(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  napi_create_uint32(env, data_of_call<Attachment>(env, info).rx->count_ready(), &result);
  return result;
}

/// A whole number that JavaScript has as a double.
uint64_t whole(const Arguments& arguments, size_t at, const char* name, uint64_t most) {
  const double value = arguments.number(at, name);
  if (!(value >= 1 && value <= static_cast<double>(most)) || value != std::floor(value))
    throw Error(ErrorCode::kInvalidArgument, std::string(name) + " is no whole number in its range");
  return static_cast<uint64_t>(value);
}

/// setRate(unit, perSecond, depth): unit is 0 for bits, 1 for frames. setRate(): none.
napi_value set_rate(napi_env env, napi_callback_info info) noexcept {
  try {
    const Napi::CallbackInfo call(env, info);
    const Arguments arguments(call);
    auto& attachment = *static_cast<Attachment*>(call.Data());
    if (!arguments.is_given(0)) {
      attachment.set_rate({});
      return nullptr;
    }
    attachment.set_rate(PacedSender::Rate{
        .unit = static_cast<PacedSender::Unit>(arguments.integer(0, "unit", 0, 1)),
        .per_second = whole(arguments, 1, "perSecond", TokenBucket::kMostPerSecond),
        .depth = whole(arguments, 2, "depth", TokenBucket::kDeepest),
    });
  } catch (const Error&) {  // TypeScript has checked them
  } catch (const Stopped&) {
  }
  return nullptr;
}

/// roomNs(): until a send would take a frame, as far as the rate is concerned; -1: the ring is full.
napi_value room_ns(napi_env env, napi_callback_info info) {
  auto& attachment = data_of_call<Attachment>(env, info);
  const bool has_room = attachment.cache == nullptr || attachment.tx->has_room();
  const uint64_t wait = attachment.pacer ? attachment.pacer->ns_until_room() : 0;
  napi_value result = nullptr;
  napi_create_double(env, has_room ? static_cast<double>(wait) : -1, &result);
  return result;
}

napi_value detach(napi_env env, napi_callback_info info) {
  data_of_call<Attachment>(env, info).detach();
  return nullptr;
}

template <typename Queues>
auto& at(const Queues& queues, uint32_t index, const char* kind) {
  if (index >= queues.size())
    throw Error(ErrorCode::kInvalidArgument,
                "the port has no " + std::string(kind) + " queue " + std::to_string(index),
                "it has " + std::to_string(queues.size()));
  return *queues[index];
}

/// Makes the calling environment the owner of a queue.
template <typename Select>
std::unique_ptr<Attachment> attach(Call& call, Select select) {
  auto owner = Registry::instance().queue_owner(call.arguments.integer(0, "port"));
  EnvPool& pool = call.env.pool(call.arguments.integer(2, "pool"));
  if (pool.cache.shared_pool() != owner->pool())
    throw Error(ErrorCode::kPoolMismatch, "the token names another pool than the port's",
                "use a token as it is")
        .at(owner->name());
  const AttachedQueue selected = select(*owner, call.arguments.integer(1, "queue"));
  auto attachment = std::make_unique<Attachment>(call.env, std::move(owner), pool.cache, selected);
  if (!attachment->queue()->attach(pool.cache))
    throw Error(ErrorCode::kBusy, "another thread uses the queue",
                "a queue belongs to one thread: detach it there first")
        .at(attachment->owner->name());
  return attachment;
}

/// The queue's functions, bound to the attachment. It lives as long as the first of them, which the others
/// hold. Any call may fail, because a worker can be terminated within it: nobody has seen a function before
/// the attachment is the first one's.
napi_value functions_of(Js js, std::unique_ptr<Attachment> attachment,
                        std::initializer_list<std::pair<const char*, napi_callback>> callbacks) {
  std::vector<Property> properties{{"handle", js.number(attachment->handle)}};
  for (const auto& [name, callback] : callbacks)
    properties.push_back({name, js.function(name, callback, attachment.get())});
  const napi_value first = properties[1].value;
  check(napi_add_finalizer(
      js.env(), first, attachment.get(),
      [](napi_env, void* data, void*) { delete static_cast<Attachment*>(data); }, nullptr, nullptr));
  attachment.release();

  for (size_t i = 2; i < properties.size(); ++i) {
    const Property owner{"queue", first};
    js.define(properties[i].value, std::span(&owner, 1));
  }
  return js.object(properties);
}

}  // namespace

napi_value receive(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  Burst* const burst = self.burst(call.burst);
  RxQueue* const rx = rx_of(self.queue(call.rx));
  const bool whole = burst != nullptr && rx != nullptr;
  call.result = whole ? rx->receive(*burst, call.count) : refuse(Refusal::kClosed);
  return nullptr;
}

napi_value send(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  Burst* const burst = self.burst(call.burst);
  const AttachedQueue* const queue = self.queue(call.tx);
  Sender* const sender = sender_of(queue);
  const bool whole = burst != nullptr && sender != nullptr;
  call.result = whole ? sender->send(*burst) : refuse(Refusal::kClosed);
  if (whole && call.result < 0) call.entry = queue->tx->bad_entry();
  return nullptr;
}

napi_value exchange(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  Burst* const burst = self.burst(call.burst);
  const AttachedQueue* const queue = self.queue(call.tx);
  Sender* const sender = sender_of(queue);
  RxQueue* const rx = rx_of(self.queue(call.rx));
  const bool whole = burst != nullptr && sender != nullptr && rx != nullptr;
  call.sent = whole ? sender->send(*burst) : refuse(Refusal::kClosed);
  call.result = std::min(call.sent, 0);
  if (!whole) return nullptr;
  if (call.sent < 0)
    call.entry = queue->tx->bad_entry();
  else if (burst->count() == 0)
    call.result = rx->receive(*burst, burst->capacity());
  return nullptr;
}

napi_value reclaim(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  const AttachedQueue* const queue = self.queue(self.call.tx);
  const bool whole = tx_of(queue) != nullptr && queue->attachment->cache != nullptr;
  self.call.result = whole ? static_cast<int32_t>(queue->tx->reclaim()) : 0;
  return nullptr;
}

napi_value count_unsent(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  TxQueue* const tx = tx_of(self.queue(self.call.tx));
  self.call.result = tx == nullptr ? refuse(Refusal::kClosed) : tx->count_unsent();
  return nullptr;
}

napi_value attach_rx(Call& call) {
  auto attachment = attach(call, [](QueueOwner& owner, uint32_t index) {
    return AttachedQueue{.rx = &at(owner.rx_queues(), index, "RX")};
  });
  return functions_of(
      call.js, std::move(attachment),
      {{"wait", wait}, {"cancelWait", cancel_wait}, {"ended", ended}, {"ready", ready}, {"detach", detach}});
}

napi_value attach_tx(Call& call) {
  auto attachment = attach(call, [](QueueOwner& owner, uint32_t index) {
    return AttachedQueue{.tx = &at(owner.tx_queues(), index, "TX")};
  });
  return functions_of(call.js, std::move(attachment),
                      {{"setRate", set_rate}, {"roomNs", room_ns}, {"detach", detach}});
}

napi_value release_burst(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  Burst* const burst = self.burst(self.call.burst);
  if (burst == nullptr) {
    self.call.result = refuse(Refusal::kClosed);
    return nullptr;
  }
  const uint32_t count = burst->count();
  const uint32_t first = std::min(self.call.count, count);
  if (burst->has_chains() && first > 0 && first < count && burst->goes_on_after(first - 1)) {
    self.call.result = refuse(Refusal::kInsideFrame);
    self.call.entry = first;
    return nullptr;
  }
  const uint32_t bad = burst->release(first, count);
  self.call.result =
      bad == Burst::kNoEntry ? static_cast<int32_t>(count - first) : refuse(Refusal::kNotOwner);
  self.call.entry = bad;
  return nullptr;
}

napi_value allocate_frames(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  Burst* const burst = self.burst(self.call.burst);
  self.call.result =
      burst == nullptr ? refuse(Refusal::kClosed) : static_cast<int32_t>(burst->allocate(self.call.count));
  return nullptr;
}

}  // namespace pmd::binding
