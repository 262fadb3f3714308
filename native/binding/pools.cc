#include "binding/pools.h"

#include "binding/async_op.h"
#include "binding/block.h"
#include "binding/env_data.h"
#include "binding/registry.h"

namespace pmd::binding {

namespace {

/// For blocks of bursts in a pool that is mirrored: 500 of 32 frames, or 7 of 1024 with all columns.
constexpr uint32_t kBlockRoom = 256 << 10;

/// The address of a block in the memory that mirrors the pool.
uint32_t address_of(const PacketPool& pool, const void* block) {
  const auto at = static_cast<const std::byte*>(block) - pool.region()->data();
  return pool.mirror()->address + static_cast<uint32_t>(at);
}

HugePages huge_pages(const std::string& name) {
  if (name == "require") return HugePages::kRequire;
  return name == "never" ? HugePages::kNever : HugePages::kTry;
}

/// Where the columns of a burst begin in its block, by name.
napi_value columns_of(Js js, uint32_t capacity, ColumnSet optional) {
  std::vector<Property> places;
  for (size_t i = 0; i < kColumns.size(); ++i)
    if (!kColumns[i].optional || (optional >> i & 1))
      places.push_back({kColumns[i].name, js.number(static_cast<double>(sizeof(Burst::Header) +
                                                                        column_at(i, capacity, optional)))});
  return js.object(places);
}

}  // namespace

napi_value create_pool(Call& call) {
  const PoolOptions options{.buffers = call.arguments.integer(0, "buffers"),
                            .data_room = call.arguments.integer(1, "dataRoom"),
                            .huge_pages = huge_pages(call.arguments.text(2, "hugePages"))};
  AsyncOp<std::shared_ptr<PacketPool>>::start(
      call.js, "pmd:createPool", Completion(call.env, call.arguments.function(3, "done")),
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

napi_value create_mirrored_pool(Call& call) {
  const std::span<std::byte> bytes = call.arguments.memory(4, "bytes");
  const uint32_t offset = call.arguments.integer(5, "offset");
  if (offset > bytes.size())
    throw Error(
        ErrorCode::kInvalidArgument,
        "offset " + std::to_string(offset) + " of a memory of " + std::to_string(bytes.size()) + " bytes",
        "let the memory grow first, or use a smaller offset");
  std::byte* const at = bytes.data() + offset;
  const PoolOptions options{.buffers = call.arguments.integer(0, "buffers"),
                            .data_room = call.arguments.integer(1, "dataRoom"),
                            .block_room = kBlockRoom,
                            .mirror = MirrorPlace{at, offset}};
  MirroredMemory memory(at, bytes.size() - offset, huge_pages(call.arguments.text(2, "hugePages")));
  Reference keeper = refer_to(Napi::Value(call.js.env(), call.arguments.object(3, "keeper")));
  const uint32_t id = Registry::instance().add_pool(std::make_shared<PacketPool>(options, memory));
  call.env.own_pools.insert(id);
  EnvPool& entry = call.env.pool(id);
  entry.mirrored_in = std::move(keeper);
  entry.mirror = memory.take_mirror();
  return call.js.number(id);
}

napi_value is_mirrored_in(Call& call) {
  const auto pool = Registry::instance().pool(call.arguments.integer(0, "pool"));
  const std::span<std::byte> bytes = call.arguments.memory(1, "bytes");
  const auto& mirror = pool->mirror();
  return call.js.boolean(mirror && mirror->address < bytes.size() && &bytes[mirror->address] == mirror->data);
}

napi_value attach_pool(Call& call) {
  const Js js = call.js;
  EnvPool& entry = call.env.pool(call.arguments.integer(0, "pool"));
  const auto& pool = entry.cache.shared_pool();
  if (entry.closed == nullptr) {
    // Not even the ArrayBuffer's end says that nobody looks any more: a job of Node's thread pool may, and
    // ArrayBuffer.prototype.transfer makes another one of it. So the region is nobody's to unmap.
    pool->region()->expose();
    const size_t size = pool->size();
    entry.memory = refer_to(js.memory(pool->region()->data(), size, nullptr, nullptr));
    void* state;
    napi_value buffer;
    check(napi_create_arraybuffer(js.env(), sizeof(*entry.closed), &state, &buffer));
    entry.state = refer_to(Napi::Value(js.env(), buffer));
    entry.closed = static_cast<uint32_t*>(state);
  }
  const napi_value mirror = pool->mirror() ? js.number(pool->mirror()->address) : js.undefined();
  return js.object({{"memory", entry.memory.Value()},
                    {"state", entry.state.Value()},
                    {"buffers", js.number(pool->buffers())},
                    {"stride", js.number(pool->stride())},
                    {"headroom", js.number(kHeadroom)},
                    {"dataRoom", js.number(pool->data_room())},
                    {"pageSize", js.number(static_cast<double>(pool->region()->page_size()))},
                    {"mirror", mirror}});
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
  const auto pool = Registry::instance().find_pool(call.arguments.integer(0, "pool"));
  if (pool == nullptr) return js.undefined();
  const PacketPool::Usage usage = pool->usage();
  return js.object({{"free", js.number(usage.free)},
                    {"rxRings", js.number(usage.rx_rings)},
                    {"txRings", js.number(usage.tx_rings)},
                    {"application", js.number(usage.application)}});
}

napi_value create_burst(Call& call) {
  const Js js = call.js;
  const uint32_t capacity = call.arguments.integer(1, "capacity", 1, Burst::kMaxCapacity);
  const BurstOptions options{.timestamps = call.arguments.boolean(2, "timestamps"),
                             .columns = call.arguments.integer(3, "columns")};
  PoolCache& cache = call.env.pool(call.arguments.integer(0, "pool")).cache;
  const size_t size = Burst::block_size(capacity, options.columns);
  const PacketPool& pool = cache.pool();
  const bool is_mirrored = pool.mirror().has_value();
  auto block = (is_mirrored ? pool.blocks() : call.env.blocks)->allocate(size);
  auto burst = std::make_unique<Burst>(capacity, cache, options, block);
  const uint32_t address = is_mirrored ? address_of(pool, block.get()) : 0;
  if (is_mirrored) burst->locate(address, pool.mirror()->address);
  const uint32_t handle = call.env.add_burst(std::move(burst));
  const napi_value memory = share_block<&EnvData::remove_burst>(call, handle, std::move(block), size);
  return js.object({{"handle", js.number(handle)},
                    {"block", memory},
                    {"columns", columns_of(js, capacity, options.columns)},
                    {"address", is_mirrored ? js.number(address) : js.undefined()}});
}

}  // namespace pmd::binding
