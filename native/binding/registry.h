#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "binding/event_channel.h"
#include "dma/packet_pool.h"
#include "port/port.h"
#include "ring/frame_ring.h"

namespace pmd::binding {

/// The pools, ports and rings of the process by number, which is what JavaScript holds, and may post to a
/// worker. A number is never used twice. The only mutable state that environments share.
class Registry {
 public:
  static Registry& instance();

  uint32_t add_pool(std::shared_ptr<PacketPool> pool);
  uint32_t add_port(std::shared_ptr<Port> port);
  /// Makes a ring for frames of a pool. Throws as pool() and FrameRing do.
  uint32_t add_ring(uint32_t pool, const RingOptions& options);
  /// Throw Error(kClosed) for a number that is not, or no longer, known.
  std::shared_ptr<PacketPool> pool(uint32_t id) const;
  /// Null for such a number.
  std::shared_ptr<PacketPool> find_pool(uint32_t id) const;
  /// The same, for an environment that is to hear of the pool's end.
  std::shared_ptr<PacketPool> use_pool(uint32_t id, std::shared_ptr<EventChannel> user);
  void leave_pool(uint32_t id, const EventChannel& user) noexcept;
  std::shared_ptr<Port> port(uint32_t id) const;
  std::shared_ptr<FrameRing> ring(uint32_t id) const;
  /// A port or a ring.
  std::shared_ptr<QueueOwner> queue_owner(uint32_t id) const;

  /// A pool that has just been forgotten, and who used it: they are to let go of it.
  struct EndedPool {
    uint32_t id;
    std::shared_ptr<PacketPool> pool;
    std::vector<std::shared_ptr<EventChannel>> users;
  };
  /// From here on the pool does not end, until open_ended(): a port is being opened with it. Throws as
  /// pool().
  std::shared_ptr<PacketPool> open_begun(uint32_t id);
  /// Returns the pools that end now, because no port came of it.
  std::vector<EndedPool> open_ended(uint32_t id);
  /// Returns the pools that end with the port.
  std::vector<EndedPool> remove_port(uint32_t id);
  /// Closes the ring, if it is not closed. Returns the pools that end with it.
  std::vector<EndedPool> close_ring(uint32_t id);
  /// Throws Error(kBusy) while a ring or an open port uses the pool, or one that is being opened.
  EndedPool remove_pool(uint32_t id);
  /// The pool is to end with the last port that uses it.
  void retire_pool(uint32_t id) noexcept;
  /// Who made the pool is gone: it is forgotten when no environment and no open port uses it any more.
  void orphan_pool(uint32_t id) noexcept;

 private:
  struct PoolEntry {
    std::shared_ptr<PacketPool> pool;
    std::vector<std::shared_ptr<EventChannel>> users;
    uint32_t opening = 0;  ///< ports that are being opened with it
    bool orphan = false;
    bool retired = false;
  };

  Registry() = default;
  /// The open port or the ring that uses a pool, or null.
  const QueueOwner* user_of(const PacketPool& pool) const noexcept;
  bool is_used(const PoolEntry& entry) const noexcept {
    return entry.opening > 0 || user_of(*entry.pool) != nullptr;
  }
  std::vector<EndedPool> end_retired();
  void forget_orphans() noexcept;

  mutable std::mutex mutex_;
  uint32_t next_id_ = 1;
  std::map<uint32_t, PoolEntry> pools_;
  std::map<uint32_t, std::shared_ptr<Port>> ports_;
  std::map<uint32_t, std::shared_ptr<FrameRing>> rings_;
};

}  // namespace pmd::binding
