#include "binding/env_data.h"

#include <algorithm>

#include "binding/attachment.h"
#include "binding/registry.h"

namespace pmd::binding {

EnvData::EnvData(Napi::Env env) : events(EventChannel::open(env)) {}

EnvData::~EnvData() {
  close_own_ports();
  for (Attachment* attachment : attachments_) attachment->detach();
  bursts_.clear();
  Registry& registry = Registry::instance();
  for (const auto& [id, pool] : pools_) registry.leave_pool(id, *events);
  pools_.clear();
  for (const uint32_t id : own_pools) registry.orphan_pool(id);
  delete call;
}

void EnvData::close_own_ports() noexcept {
  Registry& registry = Registry::instance();
  for (const uint32_t id : own_ports) {
    try {
      const auto port = registry.port(id);
      port->close();
      registry.remove_port(id);
    } catch (const Error&) {  // closed already
    }
  }
  own_ports.clear();
}

EnvData& EnvData::of(Napi::Env env) {
  return *env.GetInstanceData<EnvData>();
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
  if (!pool.memory.IsEmpty()) {
    Napi::ArrayBuffer memory = pool.memory.Value();
    if (!memory.IsEmpty() && !memory.IsDetached()) memory.Detach();
  }
  pools_.erase(found);
}

void EnvData::drop_users_of(PoolCache& cache) noexcept {
  for (Attachment* attachment : attachments_)
    if (attachment->cache == &cache) attachment->detach();
  for (auto& burst : bursts_)
    if (burst && &burst->cache() == &cache) burst.reset();
}

bool EnvData::is_attached(const Queue& queue) const noexcept {
  return std::any_of(attachments_.begin(), attachments_.end(), [&](const Attachment* attachment) {
    return attachment->cache != nullptr && attachment->queue() == &queue;
  });
}

uint32_t EnvData::add_burst(std::unique_ptr<Burst> burst) {
  if (free_handles_.empty()) {
    free_handles_.reserve(bursts_.size() + 1);  // so that giving a handle back needs no memory
    bursts_.push_back(std::move(burst));
    return static_cast<uint32_t>(bursts_.size() - 1);
  }
  const uint32_t handle = free_handles_.back();
  free_handles_.pop_back();
  bursts_[handle] = std::move(burst);
  return handle;
}

void EnvData::remove_burst(uint32_t handle) noexcept {
  if (bursts_[handle]) bursts_[handle]->abandon();
  bursts_[handle].reset();
  free_handles_.push_back(handle);
}

}  // namespace pmd::binding
