#pragma once

#include <cstdint>
#include <optional>

namespace pmd {

/// Frames that were lost where no driver sees it, since the device was opened; empty where the device can't
/// know.
struct FrameLosses {
  std::optional<uint64_t> rx_missed;       ///< for want of a descriptor
  std::optional<uint64_t> rx_filtered;     ///< for another address or VLAN, or too long
  std::optional<uint64_t> tx_undelivered;  ///< sent, and nobody was at the far end
};

}  // namespace pmd
