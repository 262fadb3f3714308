#include "binding/env_data.h"

#include <algorithm>

#include "binding/attachment.h"

namespace pmd::binding {

void drop_by_users(const Registry::EndedPool& ended) {
  for (const auto& user : ended.users)
    user->post([id = ended.id](Js js) { EnvData::of(js.env()).drop_pool(id); });
}

EnvData::EnvData(napi_env env) : events(EventChannel::open(env)), env_(env) {
  env_table.add(env, *this);
}

EnvData::~EnvData() {
  env_table.remove(env_);
  close_own_ports();
  close_own_rings();
  for (const AttachedQueue& queue : queues_)
    if (queue.attachment != nullptr) queue.attachment->detach();
  for (auto& burst : bursts_) burst.reset();
  Registry& registry = Registry::instance();
  for (const auto& [id, pool] : pools_) registry.leave_pool(id, *events);
  pools_.clear();
  for (const uint32_t id : own_pools) registry.orphan_pool(id);
}

void EnvData::close_own_ports() noexcept {
  Registry& registry = Registry::instance();
  for (const uint32_t id : own_ports) {
    try {
      const auto port = registry.port(id);
      port->close();
      // This environment may look at the pools' memory to its end; the others let go of it.
      for (const auto& ended : registry.remove_port(id)) drop_by_users(ended);
    } catch (const Error&) {  // closed already
    }
  }
  own_ports.clear();
}

void EnvData::close_own_rings() noexcept {
  Registry& registry = Registry::instance();
  for (const uint32_t id : own_rings)
    for (const auto& ended : registry.close_ring(id)) drop_by_users(ended);
  own_rings.clear();
}

EnvData& EnvData::of(napi_env env) {
  return *Napi::Env(env).GetInstanceData<EnvData>();
}

EnvPool& EnvData::pool(uint32_t id) {
  auto& entry = pools_[id];
  if (!entry) {
    try {
      entry = std::make_unique<EnvPool>(Registry::instance().use_pool(id, events));
    } catch (...) {
      Registry::instance().leave_pool(id, *events);
      pools_.erase(id);
      throw;
    }
  }
  return *entry;
}

void EnvData::drop_pool(uint32_t id) {
  const auto found = pools_.find(id);
  if (found == pools_.end()) return;
  EnvPool& pool = *found->second;
  drop_users_of(pool.cache);
  if (pool.closed != nullptr) *pool.closed = 1;
  pools_.erase(found);
}

void EnvData::drop_everywhere(const Registry::EndedPool& ended) {
  drop_pool(ended.id);
  drop_by_users(ended);
}

void EnvData::drop_users_of(PoolCache& cache) noexcept {
  for (const AttachedQueue& queue : queues_)
    if (queue.attachment != nullptr && queue.attachment->cache == &cache) queue.attachment->detach();
  for (auto& burst : bursts_)
    if (burst != nullptr && &burst->cache() == &cache) burst.reset();
}

bool EnvData::is_attached(const Queue& queue) noexcept {
  return std::any_of(queues_.begin(), queues_.end(), [&](const AttachedQueue& other) {
    return other.attachment != nullptr && other.attachment->cache != nullptr &&
           other.attachment->queue() == &queue;
  });
}

void EnvData::remove_burst(uint32_t handle) noexcept {
  if (const auto ended = bursts_.remove(handle)) ended->abandon();
}

}  // namespace pmd::binding
