#include "binding/registry.h"

#include "util/error.h"

namespace pmd::binding {

namespace {

template <typename Map>
auto& find(Map& map, uint32_t id, const char* what) {
  const auto found = map.find(id);
  if (found == map.end())
    throw Error(ErrorCode::kClosed, std::string("the ") + what + " is closed", "open it again");
  return found->second;
}

}  // namespace

Registry& Registry::instance() {
  static auto* const registry =
      new Registry();  // never destroyed: other threads may use it while the process ends
  return *registry;
}

uint32_t Registry::add_pool(std::shared_ptr<PacketPool> pool) {
  const std::lock_guard lock(mutex_);
  pools_[next_id_].pool = std::move(pool);
  return next_id_++;
}

uint32_t Registry::add_port(std::shared_ptr<Port> port) {
  const std::lock_guard lock(mutex_);
  ports_[next_id_] = std::move(port);
  return next_id_++;
}

uint32_t Registry::add_ring(uint32_t pool, const RingOptions& options) {
  const std::lock_guard lock(mutex_);
  const auto& frames = find(pools_, pool, "pool").pool;
  rings_[next_id_] = std::make_shared<FrameRing>("ring:" + std::to_string(next_id_), frames, options);
  return next_id_++;
}

std::shared_ptr<PacketPool> Registry::pool(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return find(pools_, id, "pool").pool;
}

std::shared_ptr<PacketPool> Registry::find_pool(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(id);
  return found == pools_.end() ? nullptr : found->second.pool;
}

std::shared_ptr<PacketPool> Registry::use_pool(uint32_t id, std::shared_ptr<EventChannel> user) {
  const std::lock_guard lock(mutex_);
  PoolEntry& entry = find(pools_, id, "pool");
  entry.users.push_back(std::move(user));
  return entry.pool;
}

void Registry::leave_pool(uint32_t id, const EventChannel& user) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(id);
  if (found == pools_.end()) return;
  std::erase_if(found->second.users, [&](const auto& other) { return other.get() == &user; });
  forget_orphans();
}

std::shared_ptr<Port> Registry::port(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return find(ports_, id, "port");
}

std::shared_ptr<FrameRing> Registry::ring(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return find(rings_, id, "ring");
}

std::shared_ptr<QueueOwner> Registry::queue_owner(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  if (const auto ring = rings_.find(id); ring != rings_.end()) return ring->second;
  return find(ports_, id, "port or ring");
}

std::vector<Registry::EndedPool> Registry::remove_port(uint32_t id) {
  const std::lock_guard lock(mutex_);
  ports_.erase(id);
  return end_retired();
}

std::vector<Registry::EndedPool> Registry::close_ring(uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = rings_.find(id);
  if (found == rings_.end()) return {};
  found->second->close();
  rings_.erase(found);
  return end_retired();
}

std::shared_ptr<PacketPool> Registry::open_begun(uint32_t id) {
  const std::lock_guard lock(mutex_);
  PoolEntry& entry = find(pools_, id, "pool");
  ++entry.opening;
  return entry.pool;
}

std::vector<Registry::EndedPool> Registry::open_ended(uint32_t id) {
  const std::lock_guard lock(mutex_);
  --pools_.at(id).opening;
  return end_retired();
}

void Registry::retire_pool(uint32_t id) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto found = pools_.find(id); found != pools_.end()) found->second.retired = true;
}

Registry::EndedPool Registry::remove_pool(uint32_t id) {
  const std::lock_guard lock(mutex_);
  PoolEntry& entry = find(pools_, id, "pool");
  if (const QueueOwner* const user = user_of(*entry.pool))
    throw Error(ErrorCode::kBusy, user->name() + " uses the pool", "close it first");
  if (entry.opening > 0)
    throw Error(ErrorCode::kBusy, "a port is being opened with the pool",
                "wait for openPort() to end, and close the port first");
  EndedPool ended{id, std::move(entry.pool), std::move(entry.users)};
  pools_.erase(id);
  return ended;
}

void Registry::orphan_pool(uint32_t id) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(id);
  if (found == pools_.end()) return;
  found->second.orphan = true;
  forget_orphans();
}

const QueueOwner* Registry::user_of(const PacketPool& pool) const noexcept {
  for (const auto& [id, port] : ports_)
    if (port->pool().get() == &pool && port->state() != PortState::kClosed) return port.get();
  for (const auto& [id, ring] : rings_)
    if (ring->pool().get() == &pool) return ring.get();
  return nullptr;
}

std::vector<Registry::EndedPool> Registry::end_retired() {
  std::vector<EndedPool> ended;
  for (auto at = pools_.begin(); at != pools_.end();) {
    PoolEntry& entry = at->second;
    if (entry.retired && !is_used(entry)) {
      ended.push_back({at->first, std::move(entry.pool), std::move(entry.users)});
      at = pools_.erase(at);
    } else {
      ++at;
    }
  }
  forget_orphans();
  return ended;
}

void Registry::forget_orphans() noexcept {
  std::erase_if(pools_, [&](const auto& item) {
    const PoolEntry& entry = item.second;
    return entry.orphan && entry.users.empty() && !is_used(entry);
  });
}

}  // namespace pmd::binding
