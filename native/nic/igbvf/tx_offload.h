#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "nic/igbvf/descriptors.h"
#include "port/tx_request.h"

namespace pmd::igbvf {

/// What the device is to do with a frame, as its descriptors say it (7.2.2). All zeros: send it as it is.
struct TxOffload {
  uint64_t context = 0;      ///< what the context that it names holds: see context_descriptor()
  uint32_t command = 0;      ///< VLE, TSE
  uint32_t status = 0;       ///< IXSM, TXSM
  uint32_t headers = 0;      ///< bytes that PAYLEN leaves out: those that TSE repeats
  bool is_cut_here = false;  ///< the frame is to be cut, and not by the device

  bool any() const noexcept { return (command | status) != 0; }
};

/// A frame to be sent. Its headers lie in its first buffer, whose part is `head`.
struct TxFrame {
  std::span<std::byte> head;
  uint32_t bytes;    ///< of the whole frame, without padding
  uint32_t longest;  ///< that the MTU allows, a tag included
};

/// Finds what the device is to do for a request, and puts into the frame what it expects to find there. What
/// it would do wrong is done here.
Refusal plan_offload(const TxRequest& request, const TxFrame& frame, TxOffload& offload) noexcept;

/// The contexts that a TX queue of the device keeps (7.2.2.2), as they will be when it has come to the last
/// descriptor that was written.
class TxContexts {
 public:
  struct Place {
    uint32_t index;
    bool is_loaded;  ///< no descriptor is needed
  };
  Place find(const TxOffload& offload) const noexcept {
    if (!offload.any() || contexts_[last_] == offload.context) return {last_, true};
    const uint32_t other = last_ ^ 1;
    return {other, contexts_[other] == offload.context};
  }
  /// The next frame finds it there.
  void load(uint32_t index, uint64_t context) noexcept {
    contexts_[index] = context;
    last_ = index;
  }
  bool holds(uint32_t index, uint64_t context) const noexcept { return contexts_[index] == context; }
  void use(uint32_t index) noexcept { last_ = index; }
  void clear() noexcept { *this = {}; }

 private:
  static constexpr uint64_t kNone = UINT64_MAX;
  static_assert(igb::tx_context::kSlots == 2);
  std::array<uint64_t, igb::tx_context::kSlots> contexts_{kNone, kNone};
  uint32_t last_ = 0;
};

/// The descriptor that loads a context into one of the device's slots.
igb::TxDescriptor context_descriptor(uint64_t context, uint32_t index) noexcept;

}  // namespace pmd::igbvf
