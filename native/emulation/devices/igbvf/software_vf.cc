#include "emulation/devices/igbvf/software_vf.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "util/eventfd.h"

namespace pmd::emulation {

SoftwareVf::SoftwareVf(std::unique_ptr<Link> link, const Options& options)
    : link_(std::move(link)),
      lock_(link_->lock()),
      engine_(options.engine),
      time_(options.time != nullptr     ? *options.time
            : options.engine != nullptr ? Engine::time()
                                        : step_time_),
      removal_(make_eventfd()),
      error_(make_eventfd()),
      interrupts_(faults_, time_),
      rx_(dma_, interrupts_, statistics_, faults_, options.offloads),
      pf_(rx_.filter(), options.policy),
      mailbox_(pf_, interrupts_, faults_, time_) {
  {
    const std::lock_guard guard(lock_);
    link_->attach(&rx_);
    update();
  }
  if (engine_ != nullptr) engine_->add(*this);
}

SoftwareVf::~SoftwareVf() {
  if (engine_ != nullptr) engine_->remove(*this);
  const std::lock_guard guard(lock_);
  link_->attach(nullptr);
}

/// Does something to the device under its lock, and lets the engine look at what came of it.
template <typename Change>
void SoftwareVf::change(Change&& change_device) {
  {
    const std::lock_guard guard(lock_);
    change_device();
    update();
  }
  wake();
}

void SoftwareVf::wake() noexcept {
  if (engine_ != nullptr) engine_->doorbell();
}

/// Brings in line what follows from several registers and conditions at once.
void SoftwareVf::update() noexcept {
  const bool reachable = faults_.gone == Gone::kNo;
  rx_.set_open(bus_master_ && link_up() && reachable);
  rx_.ring().set_live(rx_.ring().enabled());
  for (TxQueue& queue : tx_) queue.set_live(queue.ring().enabled() && rx_.filter().vf_enabled());
  fast_doorbells_.store(reachable && faults_.accesses_until_gone == 0, std::memory_order_relaxed);
}

Iova SoftwareVf::map(std::shared_ptr<Region> region) {
  const std::lock_guard guard(lock_);
  return dma_.map(std::move(region));
}

void SoftwareVf::unmap(Iova base) noexcept {
  std::shared_ptr<Region>
      region;  // let go of after the lock: it may be the last owner, and unmapping takes long
  const std::lock_guard guard(lock_);
  region = dma_.unmap(base);
}

void SoftwareVf::set_bus_master(bool on) {
  change([&] { bus_master_ = on; });
}

void SoftwareVf::set_interrupts(bool on) {
  change([&] { interrupts_.connect(on); });
}

void SoftwareVf::function_level_reset() {
  change([&] { reset_function(); });
}

/// VTCTRL.RST and FLR (82576EB datasheet 4.2.2.3, specification update clarification 3): the queues stop,
/// interrupts are masked, the PF takes CTS, VFTE and VFRE back. Bases, lengths, heads, tails and statistics
/// stay.
void SoftwareVf::reset_function() noexcept {
  rx_.ring().disable();
  idle_rx_.disable();
  for (TxQueue& queue : tx_) queue.ring().disable();
  interrupts_.reset();
  mailbox_.vf_was_reset();
  rx_.filter().enable_vf(false);
  pf_must_see_reset_ = true;
}

bool SoftwareVf::present() noexcept {
  const std::lock_guard guard(lock_);
  return faults_.gone == Gone::kNo;
}

uint32_t SoftwareVf::step(uint32_t budget, uint64_t now_ns) noexcept {
  const std::lock_guard guard(lock_);
  step_time_.now = now_ns;
  if (faults_.gone != Gone::kNo) return 0;
  uint32_t work = 0;
  // VFLRE: the PF's driver learns of a reset when it gets to run, before it looks at what was written
  // afterwards.
  if (std::exchange(pf_must_see_reset_, false)) pf_.vf_was_reset(now_ns);
  if (mailbox_.step(now_ns)) {
    work = 1;
    update();  // the PF may have let the VF in
  }
  budget = dma_budget(budget, now_ns);
  if (budget != 0) {
    work += run_transmit(budget, now_ns);
    work += link_->step(budget, now_ns);
  }
  interrupts_.step(now_ns);
  return work;
}

/// What slow DMA leaves of a budget.
uint32_t SoftwareVf::dma_budget(uint32_t budget, uint64_t now_ns) noexcept {
  if (faults_.dma_interval_ns == 0) return budget;
  if (faults_.dma_interval_ns == kNever || now_ns < dma_due_ns_) return 0;
  dma_due_ns_ = time_.now_ns() + faults_.dma_interval_ns;
  return 1;
}

uint32_t SoftwareVf::run_transmit(uint32_t budget, uint64_t now_ns) noexcept {
  tx_stalled_ = false;
  tx_was_idle_ = tx_was_idle_ || !link_up();
  // With the link down the MAC stops, and what is in the rings waits (Linux resets the NIC to get it out).
  if (!bus_master_ || !link_up()) return 0;
  // The slots of a limited wire that passed while there was nothing to send (and perhaps no step either) are
  // gone.
  if (tx_was_idle_) link_->nothing_to_send(now_ns);
  uint32_t frames = 0;
  next_tx_ ^= 1;  // of two queues on a limited wire, each begins in turn
  for (unsigned i = 0; i < kQueues; ++i) {
    const unsigned index = next_tx_ ^ i;
    const TxQueue::Progress progress = tx_[index].run(budget, dma_, tx_counters_, *this, time_);
    frames += progress.frames;
    tx_stalled_ = tx_stalled_ || progress.stalled;
    if (progress.reported) interrupts_.raise_transmit(index);
  }
  tx_was_idle_ = frames == 0 && !tx_stalled_;
  return frames;
}

bool SoftwareVf::transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                          uint64_t now_ns) noexcept {
  if (!link_->transmit(frame, length, ready_ns, now_ns)) return false;
  ++statistics_.packets_transmitted;
  statistics_.octets_transmitted += length + RxFilter::kCrc;
  return true;
}

uint64_t SoftwareVf::next_event() noexcept {
  const std::lock_guard guard(lock_);
  if (faults_.gone != Gone::kNo) return kNever;
  uint64_t next = std::min(mailbox_.next_event(), interrupts_.next_event());
  if (faults_.dma_interval_ns == kNever) return next;
  if (faults_.dma_interval_ns != 0) return std::min(next, dma_due_ns_);
  next = std::min(next, link_->next_arrival());
  if (tx_stalled_) next = std::min(next, link_->next_departure());
  return next;
}

void SoftwareVf::set_link(bool up) {
  change([&] {
    if (up != link_up_) mailbox_.ping();
    link_up_ = up;
  });
}

/// What a PF that goes down or resets takes from its VF: CTS, VFTE, VFRE, and, since it resets the whole NIC,
/// the registers of rings, interrupts and statistics. The VF gets a last ping; when the PF comes back it must
/// look for RSTD by itself.
void SoftwareVf::lose_pf() noexcept {
  pf_.pf_is_reset();
  mailbox_.set_pf_silent(true);
  interrupts_.clear();
  rx_.clear_ring();
  idle_rx_.clear();
  idle_srrctl_ = 0;
  for (TxQueue& queue : tx_) queue.clear();
  statistics_ = {};
}

void SoftwareVf::pf_present(bool present) {
  change([&] {
    if (!present) lose_pf();
    pf_present_ = present;
    if (present && !pf_resetting_) {
      mailbox_.set_pf_silent(false);
      mailbox_.ping();
    }
  });
}

void SoftwareVf::pf_reset_begin() {
  change([&] {
    pf_resetting_ = true;
    lose_pf();
  });
}

void SoftwareVf::pf_reset_end() {
  change([&] {
    pf_resetting_ = false;
    if (!pf_present_) return;
    mailbox_.set_pf_silent(false);
    mailbox_.ping();  // without CTS: start again
  });
}

void SoftwareVf::set_admin_mac(std::optional<MacAddress> mac) {
  change([&] {
    PfPolicy policy = pf_.policy();
    policy.admin_mac = mac;
    pf_.set_policy(policy);
  });
}

void SoftwareVf::set_port_vlan(std::optional<uint16_t> vlan) {
  change([&] {
    PfPolicy policy = pf_.policy();
    policy.port_vlan = vlan;
    pf_.set_policy(policy);
  });
}

void SoftwareVf::set_policy(const PfPolicy& policy) {
  change([&] { pf_.set_policy(policy); });
}

void SoftwareVf::plan_mailbox(MailboxFaultStep step) {
  change([&] { faults_.mailbox.push_back(step); });
}

void SoftwareVf::set_gone(Gone gone) {
  change([&] { faults_.gone = gone; });
}

void SoftwareVf::plan_gone_at_access(uint64_t k, Gone mode) {
  change([&] {
    faults_.accesses_until_gone = k;
    faults_.gone_after_mode = mode;
  });
}

void SoftwareVf::request_removal() {
  signal_eventfd(removal_.get());
}

void SoftwareVf::signal_error() {
  signal_eventfd(error_.get());
}

void SoftwareVf::plan_rx(const RxFault& fault) {
  change([&] { faults_.rx.push_back(fault); });
}

void SoftwareVf::report_stray() {
  change([&] { rx_.report_stray(); });
}

void SoftwareVf::refuse_dma(uint64_t number) {
  change([&] { dma_.refuse(number); });
}

void SoftwareVf::slow_dma(uint64_t interval_ns) {
  change([&] { faults_.dma_interval_ns = interval_ns; });
}

void SoftwareVf::set_pf_deaf(bool deaf) {
  change([&] { faults_.pf_deaf = deaf; });
}

void SoftwareVf::set_pf_refuses(bool refuses) {
  change([&] { faults_.pf_refuses = refuses; });
}

void SoftwareVf::lose_interrupts(uint64_t number) {
  change([&] { faults_.interrupts_to_lose = number; });
}

void SoftwareVf::delay_interrupts(uint64_t ns) {
  change([&] { faults_.interrupt_delay_ns = ns; });
}

void SoftwareVf::signal_without_cause() {
  change([&] { interrupts_.signal_without_cause(); });
}

void SoftwareVf::set_statistics(const Statistics& statistics) {
  change([&] { statistics_ = statistics; });
}

MacAddress SoftwareVf::mac() {
  const std::lock_guard guard(lock_);
  return rx_.filter().mac();
}

bool SoftwareVf::vf_enabled() {
  const std::lock_guard guard(lock_);
  return rx_.filter().vf_enabled();
}

}  // namespace pmd::emulation
