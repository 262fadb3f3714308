#pragma once

#include <cstdint>

// Registers of the 82576's physical function, as far as a PF driver needs them for its VFs (82576EB
// datasheet, revision 2.71, section 8).

namespace pmd::qtest::pf {

inline constexpr uint32_t CTRL = 0x0000;
inline constexpr uint32_t CTRL_RST = 1u << 26;
inline constexpr uint32_t STATUS = 0x0008;
inline constexpr uint32_t STATUS_LU = 1u << 1;
inline constexpr uint32_t CTRL_EXT = 0x0018;
inline constexpr uint32_t CTRL_EXT_PFRSTD = 1u << 14;
inline constexpr uint32_t MDIC = 0x0020;
inline constexpr uint32_t MDIC_WRITE = 1u << 26;
inline constexpr uint32_t MDIC_PHY_1 = 1u << 21;
inline constexpr uint32_t MII_FIXED_1000_FULL = 0x0140;  ///< BMCR is PHY register 0
inline constexpr uint32_t RCTL = 0x0100;
inline constexpr uint32_t RCTL_EN = 1u << 1;
inline constexpr uint32_t RCTL_LPE = 1u << 5;
inline constexpr uint32_t RCTL_BAM = 1u << 15;
inline constexpr uint32_t RCTL_VFE = 1u << 18;
inline constexpr uint32_t RCTL_SECRC = 1u << 26;
inline constexpr uint32_t TCTL = 0x0400;
inline constexpr uint32_t TCTL_EN = 1u << 1;
inline constexpr uint32_t TCTL_PSP = 1u << 3;
inline constexpr uint32_t GPIE = 0x1514;
inline constexpr uint32_t GPIE_NSICR = 1u << 0;
inline constexpr uint32_t GPIE_MSIX_MODE = 1u << 4;
inline constexpr uint32_t GPIE_EIAME = 1u << 30;
inline constexpr uint32_t GPIE_PBA = 1u << 31;

constexpr uint32_t VMBMEM(unsigned vf) {
  return 0x0800 + 64 * vf;
}
constexpr uint32_t P2VMAILBOX(unsigned vf) {
  return 0x0C00 + 4 * vf;
}
inline constexpr uint32_t P2V_STS = 1u << 0;  ///< a message for the VF is in the buffer
inline constexpr uint32_t P2V_ACK = 1u << 1;  ///< the VF's message was read
inline constexpr uint32_t P2V_PFU = 1u << 3;
inline constexpr uint32_t MBVFICR = 0x0C80;  ///< W1C: requests 7:0, acknowledgements 23:16
inline constexpr unsigned MBVFICR_ACK_SHIFT = 16;
inline constexpr uint32_t VFLRE = 0x0C88;  ///< W1C: VFs that were reset
inline constexpr uint32_t VFRE = 0x0C8C;
inline constexpr uint32_t VFTE = 0x0C90;

inline constexpr uint32_t DTXSWC = 0x3500;
inline constexpr uint32_t DTXSWC_LOOPBACK = 1u << 31;
inline constexpr uint32_t RLPML = 0x5004;
constexpr uint32_t MTA(unsigned word) {
  return 0x5200 + 4 * word;
}
inline constexpr unsigned MTA_WORDS = 128;
constexpr uint32_t RAL(unsigned entry) {
  return 0x5400 + 8 * entry;
}
constexpr uint32_t RAH(unsigned entry) {
  return 0x5404 + 8 * entry;
}
inline constexpr uint32_t RAH_VALID = 1u << 31;
constexpr uint32_t RAH_POOL(unsigned pool) {
  return 1u << (18 + pool);
}
constexpr uint32_t VFTA(unsigned word) {
  return 0x5600 + 4 * word;
}
inline constexpr uint32_t MRQC = 0x5818;
inline constexpr uint32_t MRQC_VMDQ = 3;
inline constexpr uint32_t VT_CTL = 0x581C;
inline constexpr unsigned VT_CTL_DEFAULT_POOL_SHIFT = 7;
constexpr uint32_t VMOLR(unsigned pool) {
  return 0x5AD0 + 4 * pool;
}
inline constexpr uint32_t VMOLR_RLPML_MASK = 0x3FFF;
inline constexpr uint32_t VMOLR_LPE = 1u << 16;
inline constexpr uint32_t VMOLR_AUPE = 1u << 24;
inline constexpr uint32_t VMOLR_ROMPE = 1u << 25;
inline constexpr uint32_t VMOLR_BAM = 1u << 27;
inline constexpr uint32_t VMOLR_MPME = 1u << 28;
inline constexpr uint32_t VMOLR_STRVLAN = 1u << 30;
inline constexpr uint32_t VMOLR_STRCRC = 1u << 31;
constexpr uint32_t VLVF(unsigned entry) {
  return 0x5D00 + 4 * entry;
}
inline constexpr unsigned VLVF_ENTRIES = 32;
inline constexpr uint32_t VLVF_VALID = 1u << 31;
constexpr uint32_t VLVF_POOL(unsigned pool) {
  return 1u << (12 + pool);
}

}  // namespace pmd::qtest::pf
