#include "binding/pools.h"

#include "binding/async_op.h"
#include "binding/env_data.h"
#include "binding/registry.h"

namespace pmd::binding {

namespace {

uint32_t number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Uint32Value();
}

HugePages huge_pages(const std::string& name) {
  if (name == "require") return HugePages::kRequire;
  return name == "never" ? HugePages::kNever : HugePages::kTry;
}

/// An ArrayBuffer over memory that `owner` keeps. Some runtimes refuse: then zero copy is impossible, and
/// said so.
template <typename Owner>
Napi::ArrayBuffer external(Napi::Env env, void* data, size_t size, Owner owner) {
  auto* kept = new Owner(std::move(owner));
  napi_value value;
  const napi_status status = napi_create_external_arraybuffer(
      env, data, size, [](napi_env, void*, void* hint) { delete static_cast<Owner*>(hint); }, kept, &value);
  if (status == napi_ok) return Napi::ArrayBuffer(env, value);
  delete kept;
  if (status == napi_no_external_buffers_allowed)
    throw Error(ErrorCode::kInternal,
                "this JavaScript runtime allows no external memory, which zero copy needs",
                "run under Node.js itself; Electron and other runtimes with a memory cage can't be used");
  throw Napi::Error::New(env);
}

/// What the finalizer of a burst's block does: the burst goes, and its handle, when nothing in JavaScript
/// sees it any more.
struct BurstOwner {
  BurstOwner(EnvData& data, uint32_t number, std::shared_ptr<void> memory)
      : env(&data), handle(number), block(std::move(memory)) {}
  BurstOwner(BurstOwner&& other) noexcept = default;
  ~BurstOwner() {
    if (block) env->remove_burst(handle);
  }
  EnvData* env;
  uint32_t handle;
  std::shared_ptr<void> block;
};

}  // namespace

Napi::Value create_pool(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const PoolOptions options{.buffers = number(info, 0),
                              .huge_pages = huge_pages(info[1].As<Napi::String>())};
    return AsyncOp<std::shared_ptr<PacketPool>>::start(
        info.Env(),
        [options] {
          ProcessMemory memory(options.huge_pages);
          return std::make_shared<PacketPool>(options, memory);
        },
        [](Napi::Env env, std::shared_ptr<PacketPool>& pool) -> Napi::Value {
          const uint32_t id = Registry::instance().add_pool(std::move(pool));
          EnvData::of(env).own_pools.insert(id);
          return Napi::Number::New(env, id);
        });
  });
}

Napi::Value attach_pool(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return bridge(env, [&]() -> Napi::Value {
    EnvPool& entry = EnvData::of(env).pool(number(info, 0));
    const auto& pool = entry.cache.shared_pool();
    if (entry.memory.IsEmpty()) {
      const auto& region = pool->region();
      entry.memory = Napi::Persistent(external(env, region->data(), size_t{pool->buffers()} * kBufferStride,
                                               std::shared_ptr<Region>(region)));
    }
    Napi::Object result = Napi::Object::New(env);
    result["memory"] = entry.memory.Value();
    result["buffers"] = Napi::Number::New(env, pool->buffers());
    result["stride"] = Napi::Number::New(env, kBufferStride);
    result["headroom"] = Napi::Number::New(env, kHeadroom);
    result["dataRoom"] = Napi::Number::New(env, kDataRoom);
    result["pageSize"] = Napi::Number::New(env, static_cast<double>(pool->region()->page_size()));
    return result;
  });
}

Napi::Value close_pool(const Napi::CallbackInfo& info) {
  return bridge(info.Env(), [&] {
    const uint32_t id = number(info, 0);
    EnvData& data = EnvData::of(info.Env());
    const Registry::EndedPool ended = Registry::instance().remove_pool(id);
    data.own_pools.erase(id);
    data.drop_everywhere(ended);
    return info.Env().Undefined();
  });
}

Napi::Value retire_pool(const Napi::CallbackInfo& info) {
  Registry::instance().retire_pool(number(info, 0));
  return info.Env().Undefined();
}

Napi::Value pool_usage(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return bridge(env, [&]() -> Napi::Value {
    const PacketPool::Usage usage = Registry::instance().pool(number(info, 0))->usage();
    Napi::Object result = Napi::Object::New(env);
    result["free"] = Napi::Number::New(env, usage.free);
    result["rxRings"] = Napi::Number::New(env, usage.rx_rings);
    result["txRings"] = Napi::Number::New(env, usage.tx_rings);
    result["application"] = Napi::Number::New(env, usage.application);
    return result;
  });
}

Napi::Value create_burst(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return bridge(env, [&]() -> Napi::Value {
    EnvData& data = EnvData::of(env);
    const uint32_t capacity = number(info, 1);
    const bool timestamps = info[2].As<Napi::Boolean>();
    auto burst = std::make_unique<Burst>(capacity, data.pool(number(info, 0)).cache, timestamps);
    const auto block = burst->block();
    const uint32_t handle = data.add_burst(std::move(burst));
    Napi::Object result = Napi::Object::New(env);
    result["handle"] = Napi::Number::New(env, handle);
    result["block"] =
        external(env, block.get(), Burst::block_size(capacity), BurstOwner(data, handle, block));
    return result;
  });
}

}  // namespace pmd::binding
