#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "nic/igbvf/mailbox.h"
#include "nic/igbvf/registers.h"
#include "nic/igbvf/rx_ring.h"
#include "nic/igbvf/tx_ring.h"
#include "pci/function.h"
#include "port/control_thread.h"
#include "port/driver.h"

namespace pmd::igbvf {

/// The devices that this driver drives.
std::span<const PciId> supported_devices() noexcept;
/// What it can do with one of them.
Capabilities capabilities_of(PciId id);

/// Driver for the virtual functions of the 82576 and the i350: one RX and one TX queue, which both have.
class IgbVf final : public Driver {
 public:
  /// Maps the pool and the rings for the device. Throws what PciFunction::window and DmaSpace::map do.
  IgbVf(PciFunction& function, const DriverSetup& setup);
  ~IgbVf() override;

  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Task<> bring_up() override;
  void quiesce() noexcept override;
  void release() noexcept override;
  Task<Health> check() override;
  void cancel() noexcept override { mailbox_.cancel(); }
  Task<> apply(Request request) override;
  std::vector<std::string> take_refusals() override { return std::exchange(untold_refusals_, {}); }
  std::vector<int> event_fds() const override;

  Link link() const noexcept override { return link_; }
  const NicSettings& settings() const noexcept override { return settings_; }
  DeviceCounters counters() const noexcept override;
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override { return rx_; }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override { return tx_; }
  RegisterDump dump_registers() override;

 private:
  /// A 32-bit counter of the device, which wraps and which a reset of the PF may clear, as a 64-bit one that
  /// starts at 0.
  struct Tally {
    uint32_t last = 0;
    uint64_t total = 0;
    /// A count of packets went back by more than a wrap explains. At 1 Gbit/s so many packets
    /// take three minutes, and counters are read once a second.
    bool was_cleared(uint32_t now) const noexcept {
      constexpr uint32_t kMostBetweenSamples = 1u << 28;
      return now < last && now - last > kMostBetweenSamples;
    }
    void sample(uint32_t now, bool cleared) noexcept {
      total += static_cast<uint32_t>(now - (cleared ? 0 : last));
      last = now;
    }
    void raise_to(uint64_t least) noexcept { total = std::max(total, least); }
  };

  uint32_t read(const regs::Reg& reg) const noexcept { return registers_.read32(reg.at()); }
  void write(const regs::Reg& reg, uint32_t value) noexcept { registers_.write32(reg.at(), value); }

  // igb_vf.cc: the life cycle
  void stop_queues() noexcept;
  Task<> initialize();
  Task<> reset_function();
  void program_rings();
  void program_interrupts();
  Task<> enable_queue(const regs::Reg& control, uint32_t thresholds, const char* name);
  void sample_link() noexcept;
  bool answers() const noexcept;
  void sample_counters() noexcept;
  void watch_transmit();
  void resume_counters() noexcept;

  /// What the PF decides about, and forgets when it is reset.
  struct Setting {
    enum class Kind : uint8_t { kMac, kMaxFrame, kVlan, kMulticast };
    Kind kind;
    uint32_t vlan = 0;  ///< of kVlan
    auto operator<=>(const Setting&) const = default;
  };

  // requests.cc: what is asked of the PF
  Task<> shake_hands();
  Task<> send_settings();
  Task<> choose_mac(bool assigned, MacAddress from_pf);
  Task<> request_setting(Setting setting);
  Task<> send_setting(Setting setting);
  Task<> retry_refused();
  Task<> command(std::span<const uint32_t> words, std::string_view what, std::string_view hint);
  Task<> request_mac(MacAddress mac);
  Task<> request_max_frame(uint32_t mtu);
  Task<> request_vlan(uint32_t id, bool member);
  Task<> request_multicast(std::span<const MacAddress> addresses, bool all);
  Task<> carry_out(SetMac request);
  Task<> carry_out(SetMtu request);
  Task<> carry_out(SetVlan request);
  Task<> carry_out(SetMulticast request);

  PciFunction& function_;
  RegisterWindow& registers_;
  const Capabilities capabilities_;
  ControlThread& thread_;
  Mailbox mailbox_;
  const std::shared_ptr<PacketPool> pool_;
  const std::shared_ptr<Region> ring_memory_;
  const Iova ring_base_;
  Iova pool_base_;
  bool mapped_ = true;
  MacAddress wanted_mac_;      ///< what the application asked for; zero: nothing
  NicSettings settings_;       ///< its MAC is the one in force, the rest what was asked for
  std::set<Setting> refused_;  ///< not in force, because the PF has refused them after its reset
  std::vector<std::string> untold_refusals_;
  bool was_up_ = false;
  bool retry_due_ = false;  ///< the PF may take what it has refused
  Ring<igb::RxDescriptor> rx_ring_;
  Ring<igb::TxDescriptor> tx_ring_;
  std::array<std::unique_ptr<RxQueue>, 1> rx_;
  std::array<std::unique_ptr<TxQueue>, 1> tx_;
  RxRing& rx0_;
  TxRing& tx0_;
  Link link_;
  Tally good_rx_, good_tx_, octets_rx_, octets_tx_, multicast_rx_;
  /// Where the TX queue was when it last moved, and until when it must move again.
  struct {
    uint32_t head = 0;
    uint64_t sent = 0;
    Deadline limit = Deadline::in({});
  } tx_watch_;
  bool interrupts_enabled_ = false;
};

}  // namespace pmd::igbvf
