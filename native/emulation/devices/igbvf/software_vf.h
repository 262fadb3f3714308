#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "emulation/devices/dma_table.h"
#include "emulation/devices/igbvf/faults.h"
#include "emulation/devices/igbvf/interrupt_unit.h"
#include "emulation/devices/igbvf/mailbox_unit.h"
#include "emulation/devices/igbvf/pf_mailbox.h"
#include "emulation/devices/igbvf/rx_path.h"
#include "emulation/devices/igbvf/statistics.h"
#include "emulation/devices/igbvf/tx_queue.h"
#include "emulation/net/engine.h"
#include "emulation/net/link.h"
#include "util/frame_losses.h"
#include "util/unique_fd.h"

namespace pmd::emulation {

/// A virtual function of an 82576 in software, register by register, with its PF's driver behind the mailbox.
/// It moves nothing inside a register write: step() does, called by the engine's thread or by a test.
///
/// Threads: everything public may be called from any thread. One lock guards the device; its critical
/// sections last one batch of frames at most. Tail registers take no lock (see Ring).
class SoftwareVf final : public Steppable, private FrameSink {
 public:
  struct Options {
    PfPolicy policy;
    /// Null: nobody but the caller of step() drives the device.
    Engine* engine = nullptr;
    /// Null: the engine's clock, or the time of the step.
    TimeSource* time = nullptr;
    /// Whether it looks into frames at all.
    bool offloads = true;
  };

  SoftwareVf(std::unique_ptr<Link> link, const Options& options);
  ~SoftwareVf();
  SoftwareVf(const SoftwareVf&) = delete;
  SoftwareVf& operator=(const SoftwareVf&) = delete;

  // The bus's side.

  uint32_t read32(uint32_t offset) noexcept;
  void write32(uint32_t offset, uint32_t value) noexcept;
  Iova map(std::shared_ptr<Region> region);
  void unmap(Iova base) noexcept;
  void set_bus_master(bool on);
  void set_interrupts(bool on);
  /// FLR, whoever asks for it: the driver through its bus, or a test behind the driver's back.
  void function_level_reset();
  int vector_fd(unsigned vector) const noexcept { return interrupts_.fd(vector); }
  int error_fd() const noexcept { return error_.get(); }
  int removal_fd() const noexcept { return removal_.get(); }
  bool present() noexcept;
  CounterList counters();
  FrameLosses losses();

  // The engine's side.

  uint32_t step(uint32_t budget, uint64_t now_ns) noexcept override;
  uint64_t next_event() noexcept override;

  // What may happen to a device.

  /// The cable of this port. The PF pings its VF on each change.
  void set_link(bool up);
  /// False: the PF's interface is down. RSTI stays set and the mailbox is not served.
  void pf_present(bool present);
  /// The PF resets: the VF loses its rings and CTS, RSTI until the end, then RSTD.
  void pf_reset_begin();
  void pf_reset_end();
  /// As `ip link set PF vf N mac …`; no value: the VF chooses for itself. A driver learns of it with its next
  /// RESET.
  void set_admin_mac(std::optional<MacAddress> mac);
  /// As `ip link set PF vf N vlan …`.
  void set_port_vlan(std::optional<uint16_t> vlan);
  void set_policy(const PfPolicy& policy);
  /// For the next request that the PF serves, after those planned before.
  void plan_mailbox(MailboxFaultStep step);
  void set_gone(Gone gone);
  /// The device is gone from the k-th register access on, counted from here (1 = the next); 0 = no such plan.
  void plan_gone_at_access(uint64_t k, Gone mode);
  /// The system wants the device back: signals the removal eventfd.
  void request_removal();
  /// An uncorrectable error of the device: signals the error eventfd.
  void signal_error();
  /// For the next receive descriptors, after those planned before.
  void plan_rx(const RxFault& fault);
  /// See RxPath::report_stray.
  void report_stray();
  /// The next DMA accesses miss, as if nothing were mapped.
  void refuse_dma(uint64_t number);
  /// One frame per queue in this time; 0: as fast as it goes, kNever: none at all.
  void slow_dma(uint64_t interval_ns);
  void set_pf_deaf(bool deaf);
  void set_pf_refuses(bool refuses);
  void lose_interrupts(uint64_t number);
  void delay_interrupts(uint64_t ns);
  void signal_without_cause();
  /// What the statistics registers read from now on.
  void set_statistics(const Statistics& statistics);

  MacAddress mac();
  bool vf_enabled();

 private:
  static constexpr unsigned kQueues = 2;

  Ring* doorbell_ring(uint32_t offset) noexcept;
  uint32_t read_register(uint32_t offset) noexcept;
  void write_register(uint32_t offset, uint32_t value) noexcept;
  uint32_t read_statistics(uint32_t offset) const noexcept;
  uint32_t read_receive(unsigned queue, uint32_t offset) noexcept;
  void write_receive(unsigned queue, uint32_t offset, uint32_t value) noexcept;
  uint32_t read_transmit(unsigned queue, uint32_t offset) noexcept;
  void write_transmit(unsigned queue, uint32_t offset, uint32_t value) noexcept;

  void reset_function() noexcept;
  void lose_pf() noexcept;
  void update() noexcept;
  bool link_up() const noexcept { return link_up_ && !mailbox_.pf_silent(); }
  void wake() noexcept;
  bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                uint64_t now_ns) noexcept override;
  uint32_t run_transmit(uint32_t budget, uint64_t now_ns) noexcept;
  uint32_t dma_budget(uint32_t budget, uint64_t now_ns) noexcept;
  template <typename Change>
  void change(Change&& change_device);

  /// Stands still between steps.
  struct StepTime final : TimeSource {
    uint64_t now_ns() noexcept override { return now; }
    uint64_t now = 0;
  };

  std::unique_ptr<Link> link_;
  SpinLock& lock_;
  Engine* engine_;
  StepTime step_time_;
  TimeSource& time_;
  UniqueFd removal_;
  UniqueFd error_;

  DmaTable dma_;
  FaultPlan faults_;
  InterruptUnit interrupts_;
  Statistics statistics_;
  RxPath rx_;
  Ring idle_rx_;  // receive queue 1: registers only
  uint32_t idle_srrctl_ = 0;
  std::array<TxQueue, kQueues> tx_;
  TxCounters tx_counters_;
  PfMailbox pf_;
  MailboxUnit mailbox_;

  bool bus_master_ = false;
  bool link_up_ = true;
  bool pf_present_ = true;
  bool pf_resetting_ = false;
  bool pf_must_see_reset_ = false;
  uint64_t dma_due_ns_ = 0;  ///< of slow DMA: when the next frame may move
  bool tx_stalled_ = false;  ///< the link took no more
  bool tx_was_idle_ = true;  ///< at the last step there was nothing to send
  unsigned next_tx_ = 0;
  uint64_t reads_ = 0;
  uint64_t writes_ = 0;
  uint64_t unknown_accesses_ = 0;
  /// False while register accesses are counted or refused: tail writes then take the lock like all others.
  std::atomic<bool> fast_doorbells_{true};
};

}  // namespace pmd::emulation
