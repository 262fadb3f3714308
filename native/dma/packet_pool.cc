#include "dma/packet_pool.h"

#include <algorithm>
#include <string>

#include "util/error.h"

namespace pmd {

namespace {

uint32_t checked_data_room(uint32_t bytes) {
  if (std::find(kDataRooms.begin(), kDataRooms.end(), bytes) != kDataRooms.end()) return bytes;
  std::string rooms;
  for (const uint32_t room : kDataRooms) rooms += (rooms.empty() ? "use " : ", ") + std::to_string(room);
  throw Error(ErrorCode::kInvalidArgument, "a data room of " + std::to_string(bytes) + " bytes", rooms);
}

uint32_t checked_buffers(const PoolOptions& options) {
  const uint32_t most = PacketPool::max_buffers(options.data_room);
  if (options.buffers >= PacketPool::kMinBuffers && options.buffers <= most) return options.buffers;
  throw Error(ErrorCode::kInvalidArgument,
              "a pool of " + std::to_string(options.buffers) + " buffers is out of range",
              "ask for " + std::to_string(PacketPool::kMinBuffers) + " to " + std::to_string(most) +
                  " buffers of " + std::to_string(options.data_room) + " bytes");
}

}  // namespace

PacketPool::PacketPool(const PoolOptions& options, MemorySource& source)
    : data_room_(checked_data_room(options.data_room)),
      stride_(stride_of(data_room_)),
      buffers_(checked_buffers(options)),
      mirror_(options.mirror),
      region_(source.allocate(size() + options.block_room)),
      blocks_(options.block_room == 0 ? nullptr
                                      : BlockArena::over(region_->data() + size(), options.block_room)),
      owners_(options.buffers, owner::kDriver) {
  free_.reserve(buffers_);
  for (uint32_t i = buffers_; i-- > 0;) free_.push_back(i);  // low indices are handed out first
  pmd::poison(region_->data(), size());
}

PacketPool::~PacketPool() {
  pmd::unpoison(region_->data(), size());  // others may look at the addresses yet
}

uint32_t PacketPool::take(uint32_t* indices, uint32_t count) noexcept {
  const std::lock_guard lock(mutex_);
  const uint32_t n = std::min<uint32_t>(count, static_cast<uint32_t>(free_.size()));
  std::copy(free_.end() - n, free_.end(), indices);
  free_.resize(free_.size() - n);
  for (uint32_t i = 0; i < n; ++i) unpoison(indices[i]);
  return n;
}

void PacketPool::give(const uint32_t* indices, uint32_t count) noexcept {
  const std::lock_guard lock(mutex_);
  for (uint32_t i = 0; i < count; ++i) poison(indices[i]);
  free_.insert(free_.end(), indices, indices + count);  // never beyond the capacity reserved above
}

void PacketPool::reserve(uint32_t buffers) {
  const std::lock_guard lock(mutex_);
  if (buffers > buffers_ - reserved_) {
    const uint32_t needed = reserved_ + buffers;
    throw Error(ErrorCode::kPoolTooSmall,
                "the pool has " + std::to_string(buffers_) + " buffers, " + std::to_string(reserved_) +
                    " of them spoken for; the port needs " + std::to_string(buffers),
                "create the pool with at least " + std::to_string(needed) + " buffers, or use smaller rings");
  }
  reserved_ += buffers;
}

void PacketPool::unreserve(uint32_t buffers) noexcept {
  const std::lock_guard lock(mutex_);
  reserved_ -= buffers;
}

uint8_t PacketPool::add_thread() {
  const std::lock_guard lock(mutex_);
  for (unsigned id = owner::kFirstThread; id < 256; ++id) {
    if (threads_[id]) continue;
    threads_[id] = true;
    return static_cast<uint8_t>(id);
  }
  throw Error(ErrorCode::kBusy, "255 threads use the pool already", "use one pool per group of threads");
}

uint32_t PacketPool::remove_thread(uint8_t id) noexcept {
  const std::lock_guard lock(mutex_);
  uint32_t freed = 0;
  for (uint32_t i = 0; i < buffers_; ++i) {
    if (owner::load(owners_[i]) != id) continue;
    owner::store(owners_[i], owner::kDriver);
    poison(i);
    free_.push_back(i);
    ++freed;
  }
  threads_[id] = false;
  return freed;
}

PacketPool::Usage PacketPool::usage() const noexcept {
  const std::lock_guard lock(mutex_);
  Usage usage;
  for (const uint8_t& byte : owners_) usage.application += owner::load(byte) != owner::kDriver;
  for (const BufferHolder* holder : holders_) usage.application += holder->held();
  for (const RingHolding* ring : rings_)
    (ring->kind == RingHolding::Kind::kRx ? usage.rx_rings : usage.tx_rings) += ring->get();
  const uint32_t elsewhere = usage.application + usage.rx_rings + usage.tx_rings;
  usage.free = buffers_ - std::min(buffers_, elsewhere);
  return usage;
}

void PacketPool::add_ring(const RingHolding& ring) {
  const std::lock_guard lock(mutex_);
  rings_.push_back(&ring);
}

void PacketPool::remove_ring(const RingHolding& ring) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(rings_, &ring);
}

void PacketPool::add_holder(const BufferHolder& holder) {
  const std::lock_guard lock(mutex_);
  holders_.push_back(&holder);
}

void PacketPool::remove_holder(const BufferHolder& holder) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(holders_, &holder);
}

}  // namespace pmd
