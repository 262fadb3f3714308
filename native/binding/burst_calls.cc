#include <algorithm>

#include "binding/attachment.h"
#include "binding/js_callback.h"
#include "binding/js_error.h"
#include "binding/registry.h"

// The functions of the packet path: raw Node-API callbacks with arguments and results in the call block.
// There is one of each for all queues, which are named in the block: where a loop serves more than one queue,
// V8 would find another function behind the same call each time, and not compile the call. They return
// undefined, allocate nothing and throw nothing: TypeScript turns a refusal into an error.

namespace pmd::binding {

namespace {

/// A property as an assignment makes it: tests put functions of their own in the place of these.
constexpr auto kAsAssigned =
    static_cast<napi_property_attributes>(napi_writable | napi_enumerable | napi_configurable);

/// The queue, if it is one of that kind. Null when there is none any more.
RxQueue* rx_of(const AttachedQueue* queue) noexcept {
  return queue == nullptr ? nullptr : queue->rx;
}
TxQueue* tx_of(const AttachedQueue* queue) noexcept {
  return queue == nullptr ? nullptr : queue->tx;
}

/// wait(callback): calls back, once, when frames may have come. Keeps the event loop alive until then.
napi_value wait(napi_env env, napi_callback_info info) {
  const Napi::CallbackInfo arguments(env, info);
  const auto& self = *static_cast<Attachment*>(arguments.Data());
  const auto events = self.env.events;
  events->hold();
  const JsCallback callback(arguments[0].As<Napi::Function>());
  self.port->wait_for_frames(*self.rx, [callback, events] {
    callback.post([events](Napi::Env) -> std::vector<napi_value> {
      events->let_go();
      return {};
    });
  });
  return nullptr;
}

napi_value detach(napi_env env, napi_callback_info info) {
  data_of_call<Attachment>(env, info).detach();
  return nullptr;
}

Napi::Function bind(Napi::Env env, const char* name, napi_callback callback, void* data) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function) != napi_ok)
    throw Napi::Error::New(env);
  return Napi::Function(env, function);
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
std::unique_ptr<Attachment> attach(const Napi::CallbackInfo& info, Select select) {
  EnvData& data = EnvData::of(info.Env());
  const uint32_t pool_id = info[2].As<Napi::Number>().Uint32Value();
  auto port = Registry::instance().port(info[0].As<Napi::Number>().Uint32Value());
  EnvPool& pool = data.pool(pool_id);
  if (pool.cache.shared_pool() != port->pool())
    throw Error(ErrorCode::kPoolMismatch, "the token names another pool than the port's",
                "use a token as it is")
        .at(port->identity().address);
  const AttachedQueue selected = select(port->driver(), info[1].As<Napi::Number>().Uint32Value());
  auto attachment = std::make_unique<Attachment>(data, std::move(port), pool.cache, selected);
  if (!attachment->queue()->attach(pool.cache))
    throw Error(ErrorCode::kBusy, "another thread uses the queue",
                "a queue belongs to one thread: detach it there first")
        .at(attachment->port->identity().address);
  return attachment;
}

/// The queue's functions, bound to the attachment. It lives as long as the first of them, which the others
/// hold. Any call may fail, because a worker can be terminated within it: nobody has seen a function before
/// the attachment is the first one's.
Napi::Value functions_of(Napi::Env env, std::unique_ptr<Attachment> attachment,
                         std::initializer_list<std::pair<const char*, napi_callback>> callbacks) {
  std::vector<Napi::Function> functions;
  std::vector<Napi::PropertyDescriptor> properties;
  const auto handle = Napi::Number::New(env, attachment->handle);
  properties.push_back(Napi::PropertyDescriptor::Value("handle", handle, kAsAssigned));
  for (const auto& [name, callback] : callbacks) {
    functions.push_back(bind(env, name, callback, attachment.get()));
    properties.push_back(Napi::PropertyDescriptor::Value(name, functions.back(), kAsAssigned));
  }
  const napi_status tied = napi_add_finalizer(
      env, functions[0], attachment.get(),
      [](napi_env, void* data, void*) { delete static_cast<Attachment*>(data); }, nullptr, nullptr);
  if (tied != napi_ok) throw Napi::Error::New(env);
  attachment.release();

  Napi::Object object = Napi::Object::New(env);
  object.DefineProperties(
      properties);  // and not Set, which would call a setter that somebody gave to all objects
  for (size_t i = 1; i < functions.size(); ++i)
    functions[i].DefineProperty(Napi::PropertyDescriptor::Value("queue", functions[0]));
  return object;
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
  TxQueue* const tx = tx_of(self.queue(call.tx));
  const bool whole = burst != nullptr && tx != nullptr;
  call.result = whole ? tx->send(*burst) : refuse(Refusal::kClosed);
  if (whole && call.result < 0) call.entry = tx->bad_entry();
  return nullptr;
}

napi_value exchange(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  Burst* const burst = self.burst(call.burst);
  TxQueue* const tx = tx_of(self.queue(call.tx));
  RxQueue* const rx = rx_of(self.queue(call.rx));
  const bool whole = burst != nullptr && tx != nullptr && rx != nullptr;
  call.sent = whole ? tx->send(*burst) : refuse(Refusal::kClosed);
  call.result = std::min(call.sent, 0);
  if (!whole) return nullptr;
  if (call.sent < 0)
    call.entry = tx->bad_entry();
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

Napi::Value attach_rx(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    auto attachment = attach(info, [](Driver& driver, uint32_t index) {
      return AttachedQueue{.rx = &at(driver.rx_queues(), index, "RX")};
    });
    return functions_of(info.Env(), std::move(attachment), {{"wait", wait}, {"detach", detach}});
  });
}

Napi::Value attach_tx(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&]() -> Napi::Value {
    auto attachment = attach(info, [](Driver& driver, uint32_t index) {
      return AttachedQueue{.tx = &at(driver.tx_queues(), index, "TX")};
    });
    return functions_of(info.Env(), std::move(attachment), {{"detach", detach}});
  });
}

napi_value release_burst(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  Burst* const burst = self.burst(self.call.burst);
  if (burst == nullptr) {
    self.call.result = refuse(Refusal::kClosed);
    return nullptr;
  }
  const uint32_t count = burst->count();
  const uint32_t bad = burst->release(self.call.count);
  self.call.result =
      bad == Burst::kNoEntry ? static_cast<int32_t>(count - burst->count()) : refuse(Refusal::kNotOwner);
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
