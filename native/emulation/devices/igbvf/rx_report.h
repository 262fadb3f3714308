#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmd::emulation {

/// What the write-back says of a frame's headers.
struct RxReport {
  uint32_t status = 0;       ///< IPCS, L4CS, UDPCS and the errors that go with them
  uint16_t packet_info = 0;  ///< packet type; no RSS type, since a VF has no RSS
};

/// Checks the checksums of IPv4, TCP, UDP and SCTP and names the packet type (82576EB datasheet 7.1.5.2 and
/// 7.1.10), as the PF's igb driver sets the NIC up: IPOFLD and TUOFLD. Where the datasheet leaves it open,
/// QEMU's model decides. The frame's EtherType lies at `type_at`, past a tag that was taken out.
RxReport report_headers(std::span<const std::byte> frame, uint32_t type_at) noexcept;

}  // namespace pmd::emulation
