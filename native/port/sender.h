#pragma once

#include <cstdint>

#include "port/burst.h"

namespace pmd {

/// What frames are given to: a TX queue, or what stands before it.
class Sender {
 public:
  /// Gives frames from the front of the burst away and leaves the rest in it; returns how many went, or a
  /// Refusal, with nothing sent. For the thread that owns the queue.
  virtual int32_t send(Burst& burst) noexcept = 0;

 protected:
  Sender() = default;
  ~Sender() = default;
};

}  // namespace pmd
