#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "expect.h"
#include "netlink.h"
#include "nic/igbvf/igb_vf.h"
#include "rig.h"
#include "vfio/function.h"

namespace pmd::conformance {

namespace fs = std::filesystem;

namespace {

/// Two VFs by VFIO, and the Linux igb driver on their PF, reached as an administrator would.
class GuestRig final : public Rig {
 public:
  GuestRig() {
    for (unsigned vf = 0; vf < kVfs; ++vf) find(vf);
    const fs::path net = device(0) / "physfn/net";
    for (const auto& entry : fs::directory_iterator(net)) pf_ = entry.path().filename().string();
    if (pf_.empty()) throw NotApplicable("the PF of " + addresses_[0] + " has no network interface");
  }

  std::string_view bus() const noexcept override { return "vfio"; }
  std::string description() const override { return addresses_[0] + " and " + addresses_[1] + ", PF " + pf_; }
  MemorySource& memory() noexcept override { return memory_; }

  void fresh() override {
    // Right after boot the PF's link may not be up yet, and frames between VFs are lost until then.
    pf_up();
    for (unsigned vf = 0; vf < kVfs; ++vf) {
      assign_mac(vf, std::nullopt);
      assign_vlan(vf, std::nullopt);
    }
  }

  void assign_mac(unsigned vf, std::optional<MacAddress> mac) override {
    set_vf_mac(pf_, numbers_[vf], mac.value_or(MacAddress{}));
  }
  void assign_vlan(unsigned vf, std::optional<uint16_t> vlan) override {
    set_vf_vlan(pf_, numbers_[vf], vlan.value_or(0));
  }
  void pf_down() override {
    pf_up_ = false;
    set_interface(pf_, false);
  }
  void pf_up() override {
    set_interface(pf_, true);
    pf_up_ = true;
    expect(eventually([this] { return carrier(); }), "the PF's link came up");
  }
  void reset_function(unsigned vf) override {
    std::ofstream file(device(vf) / "reset");
    file << "1" << std::flush;
    expect(file.good(), "the kernel reset the VF");
  }
  void set_link(bool) override { throw NotApplicable("the cable of the guest's PF is in QEMU's hands"); }
  void take_away() override {
    throw NotApplicable("VFs that were taken away need binding again: the lab's own tests");
  }

 protected:
  std::unique_ptr<PciFunction> open_raw(unsigned vf) override {
    return vfio::open_vfio(pci::PciAddress::parse(addresses_[vf]), igbvf::supported_devices());
  }

 private:
  fs::path device(unsigned vf) const { return fs::path("/sys/bus/pci/devices") / addresses_[vf]; }

  void find(unsigned vf) {
    const std::string name = "VF" + std::to_string(vf);
    const char* address = std::getenv(name.c_str());
    if (address == nullptr)
      throw NotApplicable("$" + name + " is not set: run in a guest, pmd-bench lab run -- …");
    addresses_[vf] = address;
    std::error_code none;
    for (unsigned n = 0;; ++n) {
      const fs::path link = fs::read_symlink(device(vf) / "physfn" / ("virtfn" + std::to_string(n)), none);
      if (link.empty()) throw NotApplicable(addresses_[vf] + " is not a VF");
      if (link.filename() != addresses_[vf]) continue;
      numbers_[vf] = n;
      return;
    }
  }

  bool carrier() const {
    std::ifstream file("/sys/class/net/" + pf_ + "/carrier");
    int up = 0;
    return file >> up && up == 1;
  }

  std::array<std::string, kVfs> addresses_;
  std::array<unsigned, kVfs> numbers_{};
  std::string pf_;
  /// Small pages: behind an IOMMU they are not contiguous, which finds more than huge ones do.
  ProcessMemory memory_{HugePages::kNever};
  bool pf_up_ = true;
};

}  // namespace

std::unique_ptr<Rig> make_guest_rig() {
  return std::make_unique<GuestRig>();
}

}  // namespace pmd::conformance
