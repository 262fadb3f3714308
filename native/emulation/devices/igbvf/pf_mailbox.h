#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/mac_address.h"
#include "nic/igbvf/mailbox_messages.h"

namespace pmd::emulation {

/// What the PF driver does to its NIC on behalf of one VF.
class PfSwitch {
 public:
  virtual ~PfSwitch() = default;
  /// Zero: the VF has no address.
  virtual void set_mac(const MacAddress& mac) = 0;
  virtual void set_extra_macs(std::span<const MacAddress> macs) = 0;
  /// The whole list of 12-bit hashes, replacing the former one.
  virtual void set_multicast(std::span<const uint16_t> hashes) = 0;
  virtual void set_vlan(uint16_t vid, bool add) = 0;
  /// Whether tags are taken out of received frames: a consequence of SET_VLAN, not a request of its own.
  virtual void set_vlan_strip(bool on) = 0;
  /// Largest frame with CRC, RLPML; 0 = the default (LPE off).
  virtual void set_max_frame(uint32_t bytes) = 0;
  /// Accept every multicast frame (MPME).
  virtual void set_all_multicast(bool on) = 0;
  /// VFTE and VFRE: whether the VF may send and receive at all.
  virtual void enable_vf(bool on) = 0;
};

/// What the administrator of the PF decided about the VF (`ip link set PF vf N …`).
struct PfPolicy {
  std::optional<MacAddress> admin_mac{};
  bool trusted = false;
  std::optional<uint16_t> port_vlan{};
};

/// A message of the PF: as many words as it writes. Words beyond keep what the buffer held.
struct PfMessage {
  std::array<uint32_t, 3> words{};
  unsigned count = 1;
};

/// The PF's side of the mailbox as a state machine: a request in, at most one answer out, and calls on the
/// PF's switch. It behaves as Linux's igb PF driver, for one VF. Time comes from
/// the caller. It knows no registers, so that a test bus can use it to answer for the PF of QEMU's igb model.
class PfMailbox {
 public:
  explicit PfMailbox(PfSwitch& pf_switch, PfPolicy policy = {}) : switch_(pf_switch), policy_(policy) {}

  /// The VF wrote REQ. No value: this PF stays silent.
  std::optional<PfMessage> request(std::span<const uint32_t, igb::mbx::kWords> message, uint64_t now_ns);
  /// The VF wrote ACK. A VF without CTS that reads messages is told to start again.
  std::optional<PfMessage> acknowledged(uint64_t now_ns);
  /// VTCTRL.RST or FLR, as the PF learns from VFLRE.
  void vf_was_reset(uint64_t now_ns);
  /// The PF resets itself or goes down: every VF loses CTS, VFTE and VFRE.
  void pf_is_reset();
  /// "Look at the link", or without CTS "start again".
  PfMessage ping() const;

  bool clear_to_send() const noexcept { return clear_to_send_; }
  const PfPolicy& policy() const noexcept { return policy_; }
  /// As `ip link set PF vf N mac …` does: in force for the VF at once, told to it with the next RESET.
  void set_policy(const PfPolicy& policy);

 private:
  PfMessage reset_request(uint64_t now_ns);
  /// The state that a VF's reset takes with it.
  void forget_vf(uint64_t now_ns);
  bool may_nack(uint64_t now_ns) const noexcept;

  bool set_mac(std::span<const uint32_t, igb::mbx::kWords> message);
  bool set_multicast(std::span<const uint32_t, igb::mbx::kWords> message);
  bool set_vlan(std::span<const uint32_t, igb::mbx::kWords> message);
  bool set_promisc(uint32_t& word0);
  void apply_mac(const MacAddress& mac);

  PfSwitch& switch_;
  PfPolicy policy_;
  MacAddress mac_{};
  std::vector<MacAddress> extra_macs_;
  std::vector<uint16_t> vlans_;
  /// The VLAN that a VF is in without having asked: the administrator's, or 0.
  uint16_t home_vlan_ = 0;
  bool multicast_overflow_ = false;
  bool clear_to_send_ = false;
  std::optional<uint64_t> last_nack_ns_;
};

}  // namespace pmd::emulation
