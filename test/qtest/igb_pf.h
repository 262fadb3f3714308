#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "emulation/devices/igbvf/pf_mailbox.h"

namespace pmd::qtest {

/// The PF driver's part, played on the registers of QEMU's igb: it brings the PF up, and answers and serves
/// the VFs. What it answers is decided by the PfMailbox that the emulation uses too. Any thread.
class IgbPf {
 public:
  struct Registers {
    std::function<uint32_t(uint32_t offset)> read;
    std::function<void(uint32_t offset, uint32_t value)> write;
    /// Called when the PHY is set up.
    std::function<void()> connect_link;
  };

  IgbPf(Registers registers, unsigned vfs);
  ~IgbPf();

  /// As `ip link set PF up` does.
  void start();
  /// As `ip link set PF down` does: the VFs are told, then the device is reset and stays in reset for them.
  void stop();
  /// Looks at what the VFs want, once.
  void serve();
  /// Tells all VFs to look at the link.
  void ping();
  /// As `ip link set PF vf N mac …`.
  void set_admin_mac(unsigned vf, std::optional<MacAddress> mac);
  void set_port_vlan(unsigned vf, std::optional<uint16_t> vlan);

 private:
  class Vf;

  uint32_t read(uint32_t offset) const { return registers_.read(offset); }
  void write(uint32_t offset, uint32_t value) { registers_.write(offset, value); }
  void set_up_link();
  void program_switch();
  void program_multicast();
  void program_vlan(unsigned vf, uint16_t vid, bool add);
  bool take_buffer(unsigned vf);
  void receive_request(unsigned vf);
  void post(unsigned vf, const emulation::PfMessage& message);
  void ping_all();

  Registers registers_;
  std::mutex mutex_;  // guards the rest, and sequences of register accesses
  std::vector<std::unique_ptr<Vf>> vfs_;
  // What the device's tables hold, so that only changes cost a round trip.
  std::array<uint32_t, 128> mta_{};
  std::array<uint32_t, 32> vlvf_{};
  uint32_t enabled_ = 0;
  bool up_ = false;
};

}  // namespace pmd::qtest
