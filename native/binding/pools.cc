#include "binding/pools.h"

#include "binding/async_op.h"
#include "binding/env_data.h"
#include "binding/registry.h"

namespace pmd::binding {

namespace {

HugePages huge_pages(const std::string& name) {
  if (name == "require") return HugePages::kRequire;
  return name == "never" ? HugePages::kNever : HugePages::kTry;
}

/// An ArrayBuffer over memory that `owner` keeps.
template <typename Owner>
napi_value external(Js js, void* data, size_t size, Owner owner) {
  auto kept = std::make_unique<Owner>(std::move(owner));
  const napi_value memory = js.memory(
      data, size, [](napi_env, void*, void* hint) { delete static_cast<Owner*>(hint); }, kept.get());
  kept.release();
  return memory;
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

napi_value create_pool(Call& call) {
  const PoolOptions options{.buffers = call.arguments.integer(0, "buffers"),
                            .huge_pages = huge_pages(call.arguments.text(1, "hugePages"))};
  AsyncOp<std::shared_ptr<PacketPool>>::start(
      call.js, "pmd:createPool", Completion(call.env, call.arguments.function(2, "done")),
      [options] {
        ProcessMemory memory(options.huge_pages);
        return std::make_shared<PacketPool>(options, memory);
      },
      [&env = call.env](Js js, std::shared_ptr<PacketPool>& pool) {
        const uint32_t id = Registry::instance().add_pool(std::move(pool));
        env.own_pools.insert(id);
        return js.number(id);
      });
  return call.js.undefined();
}

napi_value attach_pool(Call& call) {
  const Js js = call.js;
  EnvPool& entry = call.env.pool(call.arguments.integer(0, "pool"));
  const auto& pool = entry.cache.shared_pool();
  if (!entry.memory) {
    const auto& region = pool->region();
    const size_t size = size_t{pool->buffers()} * kBufferStride;
    entry.memory = Reference(js, external(js, region->data(), size, std::shared_ptr<Region>(region)));
  }
  return js.object({{"memory", entry.memory.value()},
                    {"buffers", js.number(pool->buffers())},
                    {"stride", js.number(kBufferStride)},
                    {"headroom", js.number(kHeadroom)},
                    {"dataRoom", js.number(kDataRoom)},
                    {"pageSize", js.number(static_cast<double>(pool->region()->page_size()))}});
}

napi_value close_pool(Call& call) {
  const uint32_t id = call.arguments.integer(0, "pool");
  const Registry::EndedPool ended = Registry::instance().remove_pool(id);
  call.env.own_pools.erase(id);
  call.env.drop_everywhere(ended);
  return call.js.undefined();
}

napi_value retire_pool(Call& call) {
  Registry::instance().retire_pool(call.arguments.integer(0, "pool"));
  return call.js.undefined();
}

napi_value pool_usage(Call& call) {
  const Js js = call.js;
  const PacketPool::Usage usage = Registry::instance().pool(call.arguments.integer(0, "pool"))->usage();
  return js.object({{"free", js.number(usage.free)},
                    {"rxRings", js.number(usage.rx_rings)},
                    {"txRings", js.number(usage.tx_rings)},
                    {"application", js.number(usage.application)}});
}

napi_value create_burst(Call& call) {
  const Js js = call.js;
  const uint32_t capacity = call.arguments.integer(1, "capacity", 1, Burst::kMaxCapacity);
  const bool timestamps = call.arguments.boolean(2, "timestamps");
  PoolCache& cache = call.env.pool(call.arguments.integer(0, "pool")).cache;
  auto burst = std::make_unique<Burst>(capacity, cache, timestamps);
  const auto block = burst->block();
  const uint32_t handle = call.env.add_burst(std::move(burst));
  const napi_value memory =
      external(js, block.get(), Burst::block_size(capacity), BurstOwner(call.env, handle, block));
  return js.object({{"handle", js.number(handle)}, {"block", memory}});
}

}  // namespace pmd::binding
