#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "port/queue.h"

namespace pmd {

/// What has queues, and keeps them as long as it lives: a port, or a ring between threads.
class QueueOwner {
 public:
  virtual ~QueueOwner() = default;
  QueueOwner(const QueueOwner&) = delete;
  QueueOwner& operator=(const QueueOwner&) = delete;

  /// Names it in messages.
  virtual const std::string& name() const noexcept = 0;
  virtual const std::shared_ptr<PacketPool>& pool() const noexcept = 0;
  virtual std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept = 0;
  virtual std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept = 0;

  /// Arms the queue's wait source for a reader that is about to sleep. False: there are frames now, or none
  /// will ever come.
  virtual bool arm(RxQueue& queue) noexcept = 0;

 protected:
  QueueOwner() = default;
};

}  // namespace pmd
