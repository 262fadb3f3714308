#include <array>
#include <mutex>

#include "emulation/devices/igbvf/emulated_function.h"
#include "expect.h"
#include "rig.h"

namespace pmd::conformance {

namespace {

/// Two software VFs on one wire. Each is a new device with every open, so what the PF knows is kept here.
class EmulationRig final : public Rig {
 public:
  std::string_view bus() const noexcept override { return "emulation"; }
  std::string description() const override { return "software 82576 VFs"; }
  MemorySource& memory() noexcept override { return memory_; }

  void fresh() override {
    macs_ = {};
    vlans_ = {};
    pf_up_ = link_up_ = true;
  }

  void assign_mac(unsigned vf, std::optional<MacAddress> mac) override {
    macs_[vf] = mac;
    if (auto* device = devices_[vf]) device->set_admin_mac(mac);
  }
  void assign_vlan(unsigned vf, std::optional<uint16_t> vlan) override {
    vlans_[vf] = vlan;
    if (auto* device = devices_[vf]) device->set_port_vlan(vlan);
  }
  void pf_down() override {
    pf_up_ = false;
    for_each([](emulation::SoftwareVf& device) { device.pf_present(false); });
  }
  void pf_up() override {
    pf_up_ = true;
    for_each([](emulation::SoftwareVf& device) { device.pf_present(true); });
  }
  void reset_function(unsigned vf) override { devices_[vf]->function_level_reset(); }
  void set_link(bool up) override {
    link_up_ = up;
    for_each([up](emulation::SoftwareVf& device) { device.set_link(up); });
  }
  void take_away() override {
    for_each([](emulation::SoftwareVf& device) { device.set_gone(emulation::Gone::kAllOnes); });
  }
  void require_all_multicast() override {}

 protected:
  std::unique_ptr<PciFunction> open_raw(unsigned vf) override {
    emulation::OpenOptions options;
    options.policy.admin_mac = macs_[vf];
    options.policy.port_vlan = vlans_[vf];
    auto function = emulation::open_emulated("emu:conformance", std::move(options));
    devices_[vf] = &function->device();
    if (!pf_up_) devices_[vf]->pf_present(false);
    if (!link_up_) devices_[vf]->set_link(false);
    return function;
  }
  void closing(unsigned vf) override { devices_[vf] = nullptr; }

 private:
  template <typename Action>
  void for_each(Action action) {
    for (emulation::SoftwareVf* device : devices_)
      if (device != nullptr) action(*device);
  }

  ProcessMemory memory_{HugePages::kNever};
  std::array<std::optional<MacAddress>, kVfs> macs_;
  std::array<std::optional<uint16_t>, kVfs> vlans_;
  std::array<emulation::SoftwareVf*, kVfs> devices_{};
  bool pf_up_ = true;
  bool link_up_ = true;
};

}  // namespace

std::unique_ptr<Rig> make_emulation_rig() {
  return std::make_unique<EmulationRig>();
}

}  // namespace pmd::conformance
