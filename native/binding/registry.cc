#include "binding/registry.h"

#include "util/error.h"

namespace pmd::binding {

namespace {

template <typename Map>
auto find(const Map& map, uint32_t id, const char* what) {
  const auto found = map.find(id);
  if (found == map.end()) throw Error(ErrorCode::kClosed, std::string("the ") + what + " is closed", "open it again");
  return found->second;
}

}  // namespace

Registry& Registry::instance() {
  static auto* const registry = new Registry();  // never destroyed: other threads may use it while the process ends
  return *registry;
}

uint32_t Registry::add_pool(std::shared_ptr<PacketPool> pool) {
  const std::lock_guard lock(mutex_);
  pools_[next_id_] = std::move(pool);
  return next_id_++;
}

uint32_t Registry::add_port(std::shared_ptr<Port> port) {
  const std::lock_guard lock(mutex_);
  ports_[next_id_] = std::move(port);
  return next_id_++;
}

std::shared_ptr<PacketPool> Registry::pool(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return find(pools_, id, "pool");
}

std::shared_ptr<Port> Registry::port(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return find(ports_, id, "port");
}

void Registry::remove_port(uint32_t id) noexcept {
  const std::lock_guard lock(mutex_);
  ports_.erase(id);
}

void Registry::remove_pool(uint32_t id) {
  const std::lock_guard lock(mutex_);
  const auto pool = find(pools_, id, "pool");
  for (const auto& [port_id, port] : ports_)
    if (port->pool() == pool && port->state() != PortState::kClosed)
      throw Error(ErrorCode::kBusy, "the port " + port->identity().address + " uses the pool",
                  "close the port first");
  pools_.erase(id);
}

}  // namespace pmd::binding
