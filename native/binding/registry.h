#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "dma/packet_pool.h"
#include "nic/port.h"

namespace pmd::binding {

/// The pools and ports of the process by number, which is what JavaScript holds, and may post to a worker. A number is
/// never used twice. The only mutable state that environments share.
class Registry {
 public:
  static Registry& instance();

  uint32_t add_pool(std::shared_ptr<PacketPool> pool);
  uint32_t add_port(std::shared_ptr<Port> port);
  /// Throw Error(kClosed) for a number that is not, or no longer, known.
  std::shared_ptr<PacketPool> pool(uint32_t id) const;
  std::shared_ptr<Port> port(uint32_t id) const;
  void remove_port(uint32_t id) noexcept;
  /// Throws Error(kBusy) while an open port uses the pool.
  void remove_pool(uint32_t id);

 private:
  Registry() = default;

  mutable std::mutex mutex_;
  uint32_t next_id_ = 1;
  std::map<uint32_t, std::shared_ptr<PacketPool>> pools_;
  std::map<uint32_t, std::shared_ptr<Port>> ports_;
};

}  // namespace pmd::binding
