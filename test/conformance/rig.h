#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "frames.h"
#include "observed_function.h"
#include "pci/function.h"

namespace pmd::conformance {

/// Two VFs that reach each other, on one kind of bus, with a hand on the PF. What a bus can't do throws
/// NotApplicable.
class Rig {
 public:
  static constexpr unsigned kVfs = 2;

  virtual ~Rig() = default;
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  virtual std::string_view bus() const noexcept = 0;
  /// What is behind the bus, for the report.
  virtual std::string description() const = 0;
  /// As after boot: no MAC assigned, PF up, cable in. No port is open.
  virtual void fresh() = 0;
  /// Opens a VF. Throws Error.
  std::unique_ptr<ObservedFunction> open(unsigned vf, std::shared_ptr<Observations> observations);
  /// Memory that every VF here reaches.
  virtual MemorySource& memory() noexcept = 0;

  /// `ip link set PF vf N mac …`; no value: none is assigned.
  virtual void assign_mac(unsigned vf, std::optional<MacAddress> mac) = 0;
  /// `ip link set PF vf N vlan …`; no value: it may join VLANs itself.
  virtual void assign_vlan(unsigned vf, std::optional<uint16_t> vlan) = 0;
  /// `ip link set PF down`, which resets the PF, and `up`.
  virtual void pf_down() = 0;
  virtual void pf_up() = 0;
  /// FLR by someone else, as `echo 1 > …/reset` does it.
  virtual void reset_function(unsigned vf) = 0;
  /// The cable.
  virtual void set_link(bool up) = 0;
  /// The VFs disappear; fresh() brings them back.
  virtual void take_away() = 0;
  /// A frame from outside, and what went there.
  virtual void inject(const Bytes& frame);
  virtual std::vector<Bytes> take_wire_frames();
  /// Whether the switch knows of "all multicast frames" for a VF.
  virtual void require_all_multicast();

 protected:
  Rig() = default;
  virtual std::unique_ptr<PciFunction> open_raw(unsigned vf) = 0;
  virtual void closing(unsigned) {}
};

std::unique_ptr<Rig> make_emulation_rig();
/// Throws qtest::NoQemu.
std::unique_ptr<Rig> make_qtest_rig();
/// In the lab's guest; the VFs' addresses are $VF0 and $VF1. Throws NotApplicable outside.
std::unique_ptr<Rig> make_guest_rig();

}  // namespace pmd::conformance
