#include "expect.h"
#include "qtest/qtest_function.h"
#include "rig.h"

namespace pmd::conformance {

namespace {

class GuestRam final : public MemorySource {
 public:
  explicit GuestRam(std::shared_ptr<qtest::GuestMemory> memory) : memory_(std::move(memory)) {}
  std::shared_ptr<Region> allocate(size_t size) override { return memory_->allocate(size); }

 private:
  std::shared_ptr<qtest::GuestMemory> memory_;
};

/// Two VFs of QEMU's igb, whose PF is played by this process.
class QtestRig final : public Rig {
 public:
  QtestRig() : machine_(std::make_shared<qtest::QtestMachine>(kVfs)), memory_(machine_->memory()) {}

  std::string_view bus() const noexcept override { return "qtest"; }
  std::string description() const override { return "igb of QEMU " + machine_->qemu().version; }
  MemorySource& memory() noexcept override { return memory_; }

  void fresh() override {
    for (unsigned vf = 0; vf < kVfs; ++vf) {
      assign_mac(vf, std::nullopt);
      assign_vlan(vf, std::nullopt);
    }
    if (gone_) machine_->enable_vfs(true);
    gone_ = false;
    if (!link_up_) set_link(true);
    machine_->pf().stop();
    machine_->pf().start();
    machine_->take_wire_frames();
  }

  void assign_mac(unsigned vf, std::optional<MacAddress> mac) override {
    machine_->pf().set_admin_mac(vf, mac);
  }
  void assign_vlan(unsigned vf, std::optional<uint16_t> vlan) override {
    machine_->pf().set_port_vlan(vf, vlan);
  }
  void pf_down() override { machine_->pf().stop(); }
  void pf_up() override { machine_->pf().start(); }
  void reset_function(unsigned vf) override { machine_->reset_function(vf, std::chrono::milliseconds(100)); }
  void set_link(bool up) override {
    link_up_ = up;
    machine_->set_link(up);
  }
  void take_away() override {
    gone_ = true;
    machine_->enable_vfs(false);
  }
  void inject(const Bytes& frame) override { machine_->inject(frame); }
  std::vector<Bytes> take_wire_frames() override { return machine_->take_wire_frames(); }

 protected:
  std::unique_ptr<PciFunction> open_raw(unsigned vf) override {
    return std::make_unique<qtest::QtestFunction>(machine_, vf);
  }

 private:
  std::shared_ptr<qtest::QtestMachine> machine_;
  GuestRam memory_;
  bool link_up_ = true;
  bool gone_ = false;
};

}  // namespace

std::unique_ptr<Rig> make_qtest_rig() {
  return std::make_unique<QtestRig>();
}

}  // namespace pmd::conformance
