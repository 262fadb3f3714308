#pragma once

#include <cstdint>
#include <span>

// Registers of the 82576 VF and i350 VF (BAR0, the same offsets on both). Names as in the Intel 82576EB
// datasheet, revision 2.71, section 8.26 ("Virtual Function Device Registers"), which are those of Linux and
// DPDK too. Facts only: what the driver does with them is in nic/igbvf, what our software device does in
// emulation.

namespace pmd::regs {

enum class Access : uint8_t {
  kRW,
  kRO,
  kWO,
  kRC,   ///< some bits are cleared by a read
  kW1C,  ///< writing a one clears the bit
};

/// One register, or an array of `count` registers `stride` bytes apart.
struct Reg {
  uint16_t offset;
  const char* name;
  Access access;
  const char* title;
  uint16_t stride = 0;
  uint16_t count = 1;

  constexpr uint32_t at(unsigned index = 0) const noexcept { return offset + uint32_t{stride} * index; }
};

inline constexpr uint32_t kBarSize = 0x4000;
inline constexpr unsigned kVectors = 3;

inline constexpr Reg CTRL{0x0000, "CTRL", Access::kRW, "Device Control"};
inline constexpr Reg STATUS{0x0008, "STATUS", Access::kRO, "Device Status"};
inline constexpr Reg VMBMEM{0x0800, "VMBMEM", Access::kRW, "Mailbox Memory", 4, 16};
inline constexpr Reg V2PMAILBOX{0x0C40, "V2PMAILBOX", Access::kRC, "VF to PF Mailbox"};
inline constexpr Reg VFGPRC{0x0F10, "VFGPRC", Access::kRO, "Good Packets Received Count"};
inline constexpr Reg VFGPTC{0x0F14, "VFGPTC", Access::kRO, "Good Packets Transmitted Count"};
inline constexpr Reg VFGORC{0x0F18, "VFGORC", Access::kRO, "Good Octets Received Count"};
inline constexpr Reg VFGOTC{0x0F34, "VFGOTC", Access::kRO, "Good Octets Transmitted Count"};
inline constexpr Reg VFMPRC{0x0F3C, "VFMPRC", Access::kRO, "Multicast Packets Received Count"};
inline constexpr Reg EICS{0x1520, "EICS", Access::kWO, "Extended Interrupt Cause Set"};
inline constexpr Reg EIMS{0x1524, "EIMS", Access::kRW, "Extended Interrupt Mask Set"};
inline constexpr Reg EIMC{0x1528, "EIMC", Access::kWO, "Extended Interrupt Mask Clear"};
inline constexpr Reg EIAC{0x152C, "EIAC", Access::kRW, "Extended Interrupt Auto Clear"};
inline constexpr Reg EIAM{0x1530, "EIAM", Access::kRW, "Extended Interrupt Auto Mask"};
inline constexpr Reg EICR{0x1580, "EICR", Access::kW1C, "Extended Interrupt Cause"};
inline constexpr Reg EITR{0x1680, "EITR", Access::kRW, "Extended Interrupt Throttle", 4, kVectors};
inline constexpr Reg VTIVAR{0x1700, "VTIVAR", Access::kRW, "Interrupt Vector Allocation"};
inline constexpr Reg VTIVAR_MISC{0x1740, "VTIVAR_MISC", Access::kRW, "Interrupt Vector Allocation, Misc"};
inline constexpr Reg RDBAL{0x2800, "RDBAL", Access::kRW, "Receive Descriptor Base Low", 0x100, 2};
inline constexpr Reg RDBAH{0x2804, "RDBAH", Access::kRW, "Receive Descriptor Base High", 0x100, 2};
inline constexpr Reg RDLEN{0x2808, "RDLEN", Access::kRW, "Receive Descriptor Length", 0x100, 2};
inline constexpr Reg SRRCTL{0x280C, "SRRCTL", Access::kRW, "Split and Replication Receive Control", 0x100, 2};
inline constexpr Reg RDH{0x2810, "RDH", Access::kRW, "Receive Descriptor Head", 0x100, 2};
inline constexpr Reg RXCTL{0x2814, "RXCTL", Access::kRW, "Receive DCA Control", 0x100, 2};
inline constexpr Reg RDT{0x2818, "RDT", Access::kRW, "Receive Descriptor Tail", 0x100, 2};
inline constexpr Reg RXDCTL{0x2828, "RXDCTL", Access::kRW, "Receive Descriptor Control", 0x100, 2};
inline constexpr Reg RQDPC{0x2830, "RQDPC", Access::kRC, "Receive Queue Drop Packet Count", 0x100, 2};
inline constexpr Reg TDBAL{0x3800, "TDBAL", Access::kRW, "Transmit Descriptor Base Low", 0x100, 2};
inline constexpr Reg TDBAH{0x3804, "TDBAH", Access::kRW, "Transmit Descriptor Base High", 0x100, 2};
inline constexpr Reg TDLEN{0x3808, "TDLEN", Access::kRW, "Transmit Descriptor Length", 0x100, 2};
inline constexpr Reg TDH{0x3810, "TDH", Access::kRW, "Transmit Descriptor Head", 0x100, 2};
inline constexpr Reg TXCTL{0x3814, "TXCTL", Access::kRW, "Transmit DCA Control", 0x100, 2};
inline constexpr Reg TDT{0x3818, "TDT", Access::kRW, "Transmit Descriptor Tail", 0x100, 2};
inline constexpr Reg TXDCTL{0x3828, "TXDCTL", Access::kRW, "Transmit Descriptor Control", 0x100, 2};
inline constexpr Reg TDWBAL{0x3838, "TDWBAL", Access::kRW, "Transmit Descriptor Write-back Address Low",
                            0x100,  2};
inline constexpr Reg TDWBAH{0x383C, "TDWBAH", Access::kRW, "Transmit Descriptor Write-back Address High",
                            0x100,  2};

/// Every register above, for a dump or a device model.
inline constexpr const Reg* kAll[] = {
    &CTRL,  &STATUS, &VMBMEM, &V2PMAILBOX, &VFGPRC,      &VFGPTC, &VFGORC, &VFGOTC, &VFMPRC,
    &EICS,  &EIMS,   &EIMC,   &EIAC,       &EIAM,        &EICR,   &EITR,   &VTIVAR, &RDBAL,
    &RDBAH, &RDLEN,  &SRRCTL, &RDH,        &VTIVAR_MISC, &RXCTL,  &RDT,    &RXDCTL, &RQDPC,
    &TDBAL, &TDBAH,  &TDLEN,  &TDH,        &TXCTL,       &TDT,    &TXDCTL, &TDWBAL, &TDWBAH,
};

namespace ctrl {
inline constexpr uint32_t RST = 1u << 26;  // 8.26.2.2.2
}
namespace status {
inline constexpr uint32_t FD = 1u << 0;
inline constexpr uint32_t LU = 1u << 1;
inline constexpr uint32_t SPEED_100 = 1u << 6;
inline constexpr uint32_t SPEED_1000 = 1u << 7;
}  // namespace status
namespace v2pmailbox {
inline constexpr uint32_t REQ = 1u << 0;    ///< WO: a request for the PF is in VMBMEM
inline constexpr uint32_t ACK = 1u << 1;    ///< WO: the PF's message was read
inline constexpr uint32_t VFU = 1u << 2;    ///< the VF holds the buffer
inline constexpr uint32_t PFU = 1u << 3;    ///< RO: the PF holds the buffer
inline constexpr uint32_t PFSTS = 1u << 4;  ///< RC: the PF wrote a message
inline constexpr uint32_t PFACK = 1u << 5;  ///< RC: the PF read our message
inline constexpr uint32_t RSTI = 1u << 6;   ///< RO: the PF is in reset
inline constexpr uint32_t RSTD = 1u << 7;   ///< RC: the PF has come out of reset
inline constexpr uint32_t kReadToClear = PFSTS | PFACK | RSTD;
}  // namespace v2pmailbox
namespace dctl {  // RXDCTL and TXDCTL
constexpr uint32_t thresholds(uint32_t prefetch, uint32_t host, uint32_t write_back) {
  return prefetch | host << 8 | write_back << 16;
}
inline constexpr uint32_t ENABLE = 1u << 25;
inline constexpr uint32_t SWFLSH = 1u << 26;
}  // namespace dctl
namespace srrctl {
inline constexpr uint32_t kPacketKiBMask = 0x7F;  ///< BSIZEPACKET, in KiB
inline constexpr uint32_t ADV_ONE_BUFFER = 1u << 25;
inline constexpr uint32_t DROP_EN = 1u << 31;
}  // namespace srrctl
namespace ivar {
inline constexpr uint32_t VALID = 0x80;
}
namespace tdwbal {
inline constexpr uint32_t HEAD_WB_ENABLE = 1u << 0;
}

}  // namespace pmd::regs
