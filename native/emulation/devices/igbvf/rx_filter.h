#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "emulation/devices/igbvf/pf_mailbox.h"
#include "net/frame.h"

namespace pmd::emulation {

/// What the NIC's switch lets through to one VF, as the PF's igb driver sets it up: own address, broadcast
/// (VMOLR.BAM), registered multicast hashes, untagged frames (VMOLR.AUPE) and registered VLANs. Guarded by
/// the device's lock.
class RxFilter final : public PfSwitch {
 public:
  enum class Verdict : uint8_t { kAccept, kRefuse, kTooLong };

  Verdict judge(const std::byte* frame, uint32_t length) const noexcept;
  /// Whether `length` bytes (no CRC, with the tag) are within SET_LPE, or the default of 1518, 1522 with a
  /// tag.
  bool fits(uint32_t length, bool tagged) const noexcept {
    const uint32_t limit = max_frame_ != 0 ? max_frame_ : kDefaultMaxFrame + (tagged ? kVlanTag : 0);
    return length + kCrc <= limit;
  }

  const MacAddress& mac() const noexcept { return mac_; }
  bool vf_enabled() const noexcept { return vf_enabled_; }
  bool vlan_strip() const noexcept { return vlan_strip_; }

  void set_mac(const MacAddress& mac) override { mac_ = mac; }
  void set_extra_macs(std::span<const MacAddress> macs) override {
    extra_macs_.assign(macs.begin(), macs.end());
  }
  void set_multicast(std::span<const uint16_t> hashes) override;
  void set_vlan(uint16_t vid, bool add) override { vlans_.set(vid & 0xFFF, add); }
  void set_vlan_strip(bool on) override { vlan_strip_ = on; }
  void set_max_frame(uint32_t bytes) override { max_frame_ = bytes; }
  void set_all_multicast(bool on) override { all_multicast_ = on; }
  void enable_vf(bool on) override { vf_enabled_ = on; }

  static constexpr uint32_t kCrc = 4;

 private:
  static constexpr uint32_t kDefaultMaxFrame = 1518;

  bool address_matches(const MacAddress& destination) const noexcept;

  MacAddress mac_{};
  std::vector<MacAddress> extra_macs_;
  std::bitset<4096> multicast_;
  std::bitset<4096> vlans_;
  uint32_t max_frame_ = 0;
  bool vlan_strip_ = false;
  bool all_multicast_ = false;
  bool vf_enabled_ = false;
};

/// The tag of an 802.1Q frame; false when there is none.
inline bool vlan_tag(const std::byte* frame, uint32_t length, uint16_t& tci) noexcept {
  if (length < 18 || frame[12] != std::byte{0x81} || frame[13] != std::byte{0x00}) return false;
  tci =
      static_cast<uint16_t>(std::to_integer<unsigned>(frame[14]) << 8 | std::to_integer<unsigned>(frame[15]));
  return true;
}

}  // namespace pmd::emulation
