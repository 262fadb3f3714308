#include "nic/igbvf/igb_vf.h"

#include <algorithm>
#include <string>

#include "net/frame.h"
#include "nic/igbvf/mailbox_messages.h"
#include "nic/igbvf/presence.h"
#include "nic/igbvf/registers.h"
#include "util/error.h"

namespace pmd::igbvf {

using namespace std::chrono_literals;

namespace {

constexpr PciId k82576Vf{0x8086, 0x10CA};
constexpr PciId kI350Vf{0x8086, 0x1520};
constexpr PciId k82576VfHyperV{0x8086, 0x152D};
constexpr PciId kI350VfHyperV{0x8086, 0x152F};
constexpr PciId kDevices[] = {k82576Vf, kI350Vf, k82576VfHyperV, kI350VfHyperV};

// Write-back thresholds of 1: an erratum of the 82576 VF holds write-backs with more, and the i350 VF held
// the first packets. Prefetch and host thresholds as Linux and DPDK have them.
constexpr uint32_t kRxThresholds = regs::dctl::thresholds(8, 8, 1);
constexpr uint32_t kTxThresholds = regs::dctl::thresholds(8, 1, 1);

// Interrupt vectors. QEMU takes the mailbox vector for a bit mask of vectors (1 means vector 0) and never
// forgets a bit of VTIVAR, so the mapping is the same in every run, and vectors 0 and 1 both mean "look at
// the mailbox". The RX ring has vector 2 to itself, which is masked unless somebody sleeps until a frame
// comes. TX raises none.
constexpr uint32_t kMailboxVector = 1;
constexpr uint32_t kRxVector = 2;
constexpr uint32_t kMailboxVectors = 0b011;
constexpr uint32_t kAllVectors = 0b111;

constexpr auto kResetLimit = 1s;
constexpr auto kQueueLimit = 10ms;
/// How long a device that may send can send nothing before it counts as hung: as long as Linux's drivers
/// wait.
constexpr auto kTransmitLimit = 5s;

bool is_i350(PciId id) {
  return id == kI350Vf || id == kI350VfHyperV;
}

size_t ring_bytes(const DriverSetup& setup) {
  return setup.rx_ring * sizeof(igb::RxDescriptor) + setup.tx_ring * sizeof(igb::TxDescriptor);
}

/// As Linux's igbvf has it.
constexpr uint32_t kMaxMtu = 9216;
/// QEMU's model takes the segmentation of UDP for fragmentation.
constexpr uint32_t kNative = tx_offload::kAll & ~tx_offload::kUdpSegmentation;
/// SRRCTL counts a buffer's bytes in these.
constexpr uint32_t kPacketBufferUnit = 1024;
static_assert(std::ranges::all_of(kDataRooms, [](uint32_t room) { return room % kPacketBufferUnit == 0; }));

Capabilities capabilities_with(PciId id, bool offloads) {
  return offloads ? capabilities_of(id) : without_offloads(capabilities_of(id));
}

}  // namespace

std::span<const PciId> supported_devices() noexcept {
  return kDevices;
}

Capabilities capabilities_of(PciId) {
  return {.driver = "igbvf",
          .rx_queues = 1,
          .tx_queues = 1,
          .rx_ring = {32, 4096},
          .tx_ring = {32, 4096},
          .mtu = {68, kMaxMtu},
          .chains = true,
          .rx_flags = rx_flag::kAll,
          .rss = false,
          .set_mac = true,
          .vlan_filter = true,
          .multicast = igb::mbx::kMaxMulticastHashes,
          .all_multicast = true,
          .tx_native = kNative};
}

IgbVf::IgbVf(PciFunction& function, const DriverSetup& setup)
    : function_(function),
      registers_(function.window(0, regs::kBarSize)),
      capabilities_(capabilities_with(function.identity().id, setup.offloads)),
      thread_(setup.thread),
      mailbox_(function, registers_, thread_),
      pool_(setup.pool),
      ring_memory_(function.dma().memory().allocate(ring_bytes(setup))),
      ring_base_(function.dma().map(ring_memory_)),
      pool_base_(function.dma().map(pool_->region())),
      wanted_mac_(setup.settings.mac),
      settings_(setup.settings),
      rx_ring_{reinterpret_cast<igb::RxDescriptor*>(ring_memory_->data()), ring_base_, setup.rx_ring},
      tx_ring_{reinterpret_cast<igb::TxDescriptor*>(ring_memory_->data() + rx_ring_.bytes()),
               ring_base_ + rx_ring_.bytes(), setup.tx_ring},
      rx_{make_rx_ring(
          registers_, 0, rx_ring_, *pool_, pool_base_,
          RxRing::Traits{is_i350(function.identity().id), setup.chains, longest_frame(settings_.mtu)},
          RxRing::Interrupt{1u << kRxVector, function.vector_fd(kRxVector)})},
      tx_{make_tx_ring(registers_, 0, tx_ring_, *pool_, pool_base_,
                       TxRing::Traits{longest_frame(settings_.mtu), setup.offloads})},
      rx0_(static_cast<RxRing&>(*rx_[0])),
      tx0_(static_cast<TxRing&>(*tx_[0])) {
  good_rx_.last = read(regs::VFGPRC);
  good_tx_.last = read(regs::VFGPTC);
  octets_rx_.last = read(regs::VFGORC);
  octets_tx_.last = read(regs::VFGOTC);
  multicast_rx_.last = read(regs::VFMPRC);
}

IgbVf::~IgbVf() {
  release();
}

/// Whatever a device that is gone seemed to answer: that it is gone is what matters.
Task<> IgbVf::bring_up() {
  try {
    co_await initialize();
  } catch (const Error& error) {
    if (error.code != ErrorCode::kClosed) check_presence(function_, registers_);
    throw;
  }
  check_presence(function_, registers_);
}

// The steps of 82576EB 4.5 (initialization) for a VF, in the order in which Linux and DPDK take them.
Task<> IgbVf::initialize() {
  function_.restore();
  mailbox_.reset();
  stop_queues();
  co_await reset_function();
  co_await shake_hands();
  resume_counters();
  co_await send_settings();
  program_rings();
  program_interrupts();
  function_.set_bus_master(true);  // only now: nothing stale is left for the device to follow
  co_await enable_queue(regs::TXDCTL, kTxThresholds, "TX");
  co_await enable_queue(regs::RXDCTL, kRxThresholds, "RX");
  rx0_.publish();  // the 82576 ignores an RDT written before the queue is enabled
  sample_link();
  was_up_ = true;
}

void IgbVf::stop_queues() noexcept {
  write(regs::EIMC, kAllVectors);
  write(regs::TXDCTL, 0);
  write(regs::RXDCTL, 0);
}

Task<> IgbVf::reset_function() {
  write(regs::CTRL, read(regs::CTRL) | regs::ctrl::RST);
  // RSTI stays while the PF is in reset or down; RSTD says once that it has come out of it.
  auto deadline = Deadline::in(kResetLimit);
  namespace bits = regs::v2pmailbox;
  while (mailbox_.look() & (bits::RSTI | bits::RSTD)) {
    mailbox_.consume(bits::RSTD);
    if (mailbox_.cancelled()) throw Error(ErrorCode::kClosed, "the port is being closed", "open it again");
    check_presence(function_, registers_);
    if (deadline.passed())
      throw Error(ErrorCode::kPeerSilent, "the PF is in reset or down",
                  "bring the PF's interface up: ip link set PF up");
    co_await thread_.sleep(1ms);
  }
}

void IgbVf::program_rings() {
  // A function reset leaves all of these as they were (82576 and i350 specification update, clarification 3).
  write(regs::RDBAL, static_cast<uint32_t>(rx_ring_.iova.value()));
  write(regs::RDBAH, static_cast<uint32_t>(rx_ring_.iova.value() >> 32));
  write(regs::RDLEN, rx_ring_.bytes());
  // DROP_EN always: one VF that does not keep up would otherwise block the whole internal switch.
  write(regs::SRRCTL,
        regs::srrctl::DROP_EN | regs::srrctl::ADV_ONE_BUFFER | pool_->data_room() / kPacketBufferUnit);
  write(regs::RDH, 0);
  write(regs::RDT, 0);
  write(regs::RXCTL, 0);
  write(regs::TDBAL, static_cast<uint32_t>(tx_ring_.iova.value()));
  write(regs::TDBAH, static_cast<uint32_t>(tx_ring_.iova.value() >> 32));
  write(regs::TDLEN, tx_ring_.bytes());
  write(regs::TDH, 0);
  write(regs::TDT, 0);
  write(regs::TXCTL, 0);
  write(regs::TDWBAL, 0);
  write(regs::TDWBAH, 0);
  rx0_.fill();
  tx0_.empty();
  tx0_.restart();
  tx_watch_.limit = Deadline::in(kTransmitLimit);
}

void IgbVf::program_interrupts() {
  if (!interrupts_enabled_) function_.enable_interrupts();
  interrupts_enabled_ = true;
  write(regs::VTIVAR, kRxVector | regs::ivar::VALID);
  write(regs::VTIVAR_MISC, kMailboxVector | regs::ivar::VALID);
  // Auto-clear: without it QEMU raises no second interrupt until EICR is cleared.
  write(regs::EIAC, kAllVectors);
  write(regs::EIMS, kMailboxVectors);
}

Task<> IgbVf::enable_queue(const regs::Reg& control, uint32_t thresholds, const char* name) {
  write(control, thresholds | regs::dctl::ENABLE);
  auto deadline = Deadline::in(kQueueLimit);
  while (!(read(control) & regs::dctl::ENABLE)) {
    if (deadline.passed())
      throw Error(ErrorCode::kDeviceTimeout, std::string("the ") + name + " queue did not start within 10 ms",
                  "the PF may be in reset: try again");
    co_await thread_.sleep(1ms);
  }
}

std::vector<int> IgbVf::event_fds() const {
  return {function_.vector_fd(0), function_.vector_fd(kMailboxVector)};
}

void IgbVf::quiesce() noexcept {
  stop_queues();
  try {
    function_.set_bus_master(false);  // whatever the queues do now, they reach no memory
  } catch (const Error&) {
    // The device no longer takes orders. What is unmapped next is out of its reach all the same.
  }
  if (interrupts_enabled_) function_.disable_interrupts();
  interrupts_enabled_ = false;
  sample_counters();
}

void IgbVf::release() noexcept {
  rx0_.empty();
  tx0_.empty();
  if (!std::exchange(mapped_, false)) return;
  function_.dma().unmap(pool_base_);
  function_.dma().unmap(ring_base_);
}

Task<Health> IgbVf::check() {
  namespace bits = regs::v2pmailbox;
  namespace mbx = igb::mbx;
  if (!answers()) co_return function_.present() ? Health::kNeedsReset : Health::kGone;
  const uint32_t mailbox = mailbox_.look();
  if (mailbox_.silent()) co_return Health::kNeedsReset;
  if (mailbox & (bits::RSTI | bits::RSTD)) co_return Health::kNeedsReset;
  uint32_t message = mailbox_.take_control();
  if (mailbox & bits::PFSTS) message = co_await mailbox_.take_unasked();
  // Any message without CTS means that the PF has forgotten us.
  if (message != 0 && !(message & mbx::kCts)) co_return Health::kNeedsReset;
  // A function reset behind our back leaves the VF deaf, and silent about it.
  if (!(read(regs::RXDCTL) & regs::dctl::ENABLE)) co_return Health::kNeedsReset;
  if (std::exchange(retry_due_, false) || message != 0) co_await retry_refused();
  sample_link();
  sample_counters();
  watch_transmit();
  co_return Health::kGood;
}

/// A device that lost a fetch (of a descriptor that the IOMMU kept from it, say) sends no more, or passes
/// over what it did not get, and says nothing. The count of frames is looked at as well: a busy ring's head
/// may be in the same place at every look.
void IgbVf::watch_transmit() {
  const uint32_t head = read(regs::TDH);
  const uint32_t tail = read(regs::TDT);
  const bool moved = head != tx_watch_.head || good_tx_.total != tx_watch_.sent;
  const bool idle = head == tail && tx0_.reported_before(tail);
  if (moved || !link_.up || idle) {
    tx_watch_ = {head, good_tx_.total, Deadline::in(kTransmitLimit)};
  } else if (tx_watch_.limit.passed()) {
    throw Error(ErrorCode::kDeviceTimeout, "the device has sent nothing for 5 s, with frames in its TX ring",
                "it is reset now");
  }
}

void IgbVf::sample_link() noexcept {
  const uint32_t status = read(regs::STATUS);
  link_.up = (status & regs::status::LU) != 0;
  link_.full_duplex = link_.up && (status & regs::status::FD);
  link_.speed_mbps = !link_.up                             ? 0
                     : (status & regs::status::SPEED_1000) ? 1000
                     : (status & regs::status::SPEED_100)  ? 100
                                                           : 10;
}

/// A device that is gone reads all ones; QEMU's, and any in a function level reset, zeros. RDLEN was
/// programmed and can't be 0 while the VF lives.
bool IgbVf::answers() const noexcept {
  const uint32_t status = read(regs::STATUS);
  return status != UINT32_MAX && (status != 0 || read(regs::RDLEN) != 0);
}

void IgbVf::sample_counters() noexcept {
  // What a device reads as while it is away would look like a jump by 2^32. A reset lasts 100 ms: it can't
  // fit in between.
  if (!answers() || !function_.present()) return;
  const uint32_t rx = read(regs::VFGPRC), tx = read(regs::VFGPTC);
  const uint32_t rx_octets = read(regs::VFGORC), tx_octets = read(regs::VFGOTC);
  const uint32_t rx_multicast = read(regs::VFMPRC);
  if (!answers() || !function_.present()) return;
  // A reset of the PF clears the counters (QEMU's does), which is not a wrap. Packets do not wrap between two
  // samples: at 1 Gbit/s that takes 48 minutes.
  const bool cleared = good_rx_.was_cleared(rx) || good_tx_.was_cleared(tx);
  good_rx_.sample(rx, cleared);
  good_tx_.sample(tx, cleared);
  octets_rx_.sample(rx_octets, cleared);
  octets_tx_.sample(tx_octets, cleared);
  multicast_rx_.sample(rx_multicast, cleared);
}

/// While the queues stand still. Of what came between the last sample and a reset that cleared the counters,
/// the queues know most: the device counted all that they received, and all that it reported as sent.
void IgbVf::resume_counters() noexcept {
  sample_counters();
  const RxQueue::Stats& rx = rx0_.stats();
  good_rx_.raise_to(rx.packets.get());
  octets_rx_.raise_to(rx.bytes.get() + kFcs * rx.packets.get());
  const TxQueue::Stats& tx = tx0_.stats();
  const uint64_t sent = tx.packets.get() - std::min<uint64_t>(tx.packets.get(), tx0_.pending());
  good_tx_.raise_to(sent);
  if (sent == tx.packets.get()) octets_tx_.raise_to(tx.bytes.get() + kFcs * sent);
}

DeviceCounters IgbVf::counters() const noexcept {
  return {.rx_packets = good_rx_.total,
          .rx_bytes = octets_rx_.total,
          .rx_multicast = multicast_rx_.total,
          .rx_missed = std::nullopt,  // RQDPC is the PF's to read on QEMU, and cleared by whoever reads it
          .tx_packets = good_tx_.total,
          .tx_bytes = octets_tx_.total};
}

RegisterDump IgbVf::dump_registers() {
  RegisterDump dump;
  for (const regs::Reg* reg : regs::kAll) {
    if (reg->access == regs::Access::kWO || reg->access == regs::Access::kRC)
      continue;  // a read would lose bits
    for (unsigned i = 0; i < reg->count; ++i)
      dump.emplace_back(reg->count > 1 ? reg->name + ("[" + std::to_string(i) + "]") : reg->name,
                        registers_.read32(reg->at(i)));
  }
  return dump;
}

}  // namespace pmd::igbvf
