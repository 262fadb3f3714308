#pragma once

#include <cstdint>

// Advanced descriptors of the 82575 and later (82576EB datasheet, 7.1.5 receive, 7.2.2 transmit). All little
// endian, as is every machine that this library builds for.

namespace pmd::igb {

/// Receive descriptor, as the driver writes it.
struct RxRead {
  uint64_t packet_address;
  uint64_t header_address;  ///< bit 0 lies where DD will be: always written as 0
};

/// Receive descriptor, as the device writes it back (7.1.5.2).
struct RxWriteBack {
  uint16_t packet_info;  ///< RSS type 3:0, packet type 15:4
  uint16_t header_info;
  uint32_t rss_hash;
  uint32_t status_error;
  uint16_t length;
  uint16_t vlan;
};

union RxDescriptor {
  RxRead read;
  RxWriteBack wb;
  uint64_t words[2];  ///< the second has, lowest first, status_error, length and vlan
};
static_assert(sizeof(RxDescriptor) == 16);

namespace rx_status {
inline constexpr uint32_t DD = 1u << 0;
inline constexpr uint32_t EOP = 1u << 1;
inline constexpr uint32_t VP = 1u << 3;     ///< the VLAN tag was stripped into `vlan`
inline constexpr uint32_t UDPCS = 1u << 4;  ///< UDP checksum was checked
inline constexpr uint32_t L4CS = 1u << 5;   ///< TCP/UDP checksum was checked
inline constexpr uint32_t IPCS = 1u << 6;   ///< IPv4 header checksum was checked
inline constexpr uint32_t LB = 1u << 18;    ///< from another function of the same NIC
inline constexpr uint32_t CE = 1u << 24;
inline constexpr uint32_t SE = 1u << 25;
inline constexpr uint32_t SEQ = 1u << 26;
inline constexpr uint32_t CXE = 1u << 28;
inline constexpr uint32_t L4E = 1u << 29;
inline constexpr uint32_t IPE = 1u << 30;
inline constexpr uint32_t RXE = 1u << 31;
inline constexpr uint32_t kFrameError = CE | SE | SEQ | CXE | RXE;
}  // namespace rx_status

namespace rx_type {  // packet_info (7.1.5.2)
inline constexpr uint16_t IPV4 = 1u << 4;
inline constexpr uint16_t IPV4_EXTENDED = 1u << 5;
inline constexpr uint16_t IPV6 = 1u << 6;
inline constexpr uint16_t IPV6_EXTENDED = 1u << 7;
inline constexpr uint16_t TCP = 1u << 8;
inline constexpr uint16_t UDP = 1u << 9;
inline constexpr uint16_t SCTP = 1u << 10;
inline constexpr uint16_t NFS = 1u << 11;
inline constexpr uint16_t ETHERTYPE_FILTER = 1u << 15;  ///< the other bits hold the filter's index
}  // namespace rx_type

/// Transmit descriptor: of data (7.2.2.3), or of a context (7.2.2.2), whose words tx_context names. After
/// completion, where RS was set, the device writes DD into olinfo_status.
struct TxDescriptor {
  uint64_t address;
  uint32_t cmd_type_length;
  uint32_t olinfo_status;
};
static_assert(sizeof(TxDescriptor) == 16);

namespace tx_cmd {
inline constexpr uint32_t kLengthMask = 0xFFFF;
inline constexpr uint32_t DTYP_CONTEXT = 0x00200000;
inline constexpr uint32_t DTYP_DATA = 0x00300000;
inline constexpr uint32_t kDtypMask = 0x00F00000;
inline constexpr uint32_t EOP = 1u << 24;
inline constexpr uint32_t IFCS = 1u << 25;
inline constexpr uint32_t RS = 1u << 27;
inline constexpr uint32_t DEXT = 1u << 29;
inline constexpr uint32_t VLE = 1u << 30;
inline constexpr uint32_t TSE = 1u << 31;
}  // namespace tx_cmd
namespace tx_status {
inline constexpr uint32_t DD = 1u << 0;
inline constexpr unsigned kContextShift = 4;
inline constexpr uint32_t IXSM = 1u << 8;  ///< fill in the checksum of the IPv4 header
inline constexpr uint32_t TXSM = 1u << 9;  ///< fill in the checksum of TCP, UDP or SCTP
inline constexpr unsigned kPayloadLengthShift = 14;
}  // namespace tx_status

/// A context descriptor: what the data descriptors that name it have in common.
namespace tx_context {
// address
inline constexpr unsigned kNetworkLengthBits = 9;  ///< 8:0, bytes of the IP header
inline constexpr unsigned kMacLengthShift = 9;     ///< 15:9, bytes before it
inline constexpr unsigned kMacLengthBits = 7;
inline constexpr unsigned kVlanShift = 16;  ///< 31:16
// cmd_type_length
inline constexpr uint32_t IPV4 = 1u << 10;
inline constexpr uint32_t TCP = 1u << 11;  ///< neither: UDP
inline constexpr uint32_t SCTP = 1u << 12;
// olinfo_status
inline constexpr unsigned kTransportLengthShift = 8;  ///< 15:8, bytes of the transport's header
inline constexpr unsigned kTransportLengthBits = 8;
inline constexpr unsigned kSegmentShift = 16;  ///< 31:16, bytes of payload in a segment
/// A queue keeps so many (7.2.2.2).
inline constexpr uint32_t kSlots = 2;
}  // namespace tx_context

/// Rings: base and length are multiples of 128 bytes, so sizes are multiples of 8 descriptors.
inline constexpr uint32_t kRingAlign = 128;

}  // namespace pmd::igb
