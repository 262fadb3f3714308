#include <mutex>

#include "emulation/devices/igbvf/software_vf.h"

// The register file of SoftwareVf: which unit answers for which offset.

namespace pmd::emulation {

namespace {

constexpr uint32_t kQueueStride = regs::RDBAL.stride;
constexpr uint32_t kAllOnes = 0xFFFFFFFF;

/// Offset within a queue's registers, or no value when `offset` is of no queue of this kind.
bool in_queue(uint32_t offset, uint32_t first, unsigned& queue, uint32_t& within) noexcept {
  if (offset < first || offset >= first + 2 * kQueueStride) return false;
  queue = (offset - first) / kQueueStride;
  within = (offset - first) % kQueueStride;
  return true;
}

}  // namespace

uint32_t SoftwareVf::read32(uint32_t offset) noexcept {
  const std::lock_guard guard(lock_);
  ++reads_;
  if (faults_.count_access()) {
    update();
    return faults_.gone == Gone::kZeros ? 0 : kAllOnes;
  }
  if (offset % 4 != 0 || offset >= regs::kBarSize) {
    ++unknown_accesses_;
    return kAllOnes;
  }
  return read_register(offset);
}

void SoftwareVf::write32(uint32_t offset, uint32_t value) noexcept {
  Ring* ring = doorbell_ring(offset);
  if (ring != nullptr && fast_doorbells_.load(std::memory_order_relaxed)) {
    ring->doorbell(value);
    return wake();
  }
  {
    const std::lock_guard guard(lock_);
    if (ring == nullptr) ++writes_;
    if (faults_.count_access()) return update();
    if (offset % 4 != 0 || offset >= regs::kBarSize) {
      ++unknown_accesses_;
      return;
    }
    write_register(offset, value);
    update();
  }
  wake();
}

Ring* SoftwareVf::doorbell_ring(uint32_t offset) noexcept {
  switch (offset) {
    case regs::RDT.at(0):
      return &rx_.ring();
    case regs::RDT.at(1):
      return &idle_rx_;
    case regs::TDT.at(0):
      return &tx_[0].ring();
    case regs::TDT.at(1):
      return &tx_[1].ring();
    default:
      return nullptr;
  }
}

uint32_t SoftwareVf::read_register(uint32_t offset) noexcept {
  unsigned queue = 0;
  uint32_t within = 0;
  if (MailboxUnit::owns(offset)) return mailbox_.read(offset);
  if (InterruptUnit::owns(offset)) return interrupts_.read(offset);
  if (in_queue(offset, regs::RDBAL.offset, queue, within)) return read_receive(queue, within);
  if (in_queue(offset, regs::TDBAL.offset, queue, within)) return read_transmit(queue, within);
  switch (offset) {
    case regs::CTRL.offset:
      return 0;  // RST clears itself
    case regs::STATUS.offset:
      // Duplex and speed stay: a device that is there never reads zero.
      return regs::status::FD | regs::status::SPEED_1000 | (link_up() ? regs::status::LU : 0);
    default:
      return read_statistics(offset);
  }
}

uint32_t SoftwareVf::read_statistics(uint32_t offset) const noexcept {
  switch (offset) {
    case regs::VFGPRC.offset:
      return statistics_.packets_received;
    case regs::VFGPTC.offset:
      return statistics_.packets_transmitted;
    case regs::VFGORC.offset:
      return statistics_.octets_received;
    case regs::VFGOTC.offset:
      return statistics_.octets_transmitted;
    case regs::VFMPRC.offset:
      return statistics_.multicast_packets_received;
    default:
      return 0;
  }
}

void SoftwareVf::write_register(uint32_t offset, uint32_t value) noexcept {
  unsigned queue = 0;
  uint32_t within = 0;
  if (MailboxUnit::owns(offset)) return mailbox_.write(offset, value);
  if (InterruptUnit::owns(offset)) return interrupts_.write(offset, value);
  if (in_queue(offset, regs::RDBAL.offset, queue, within)) return write_receive(queue, within, value);
  if (in_queue(offset, regs::TDBAL.offset, queue, within)) return write_transmit(queue, within, value);
  if (offset == regs::CTRL.offset) {
    if (value & regs::ctrl::RST) reset_function();
    return;
  }
  ++unknown_accesses_;
}

uint32_t SoftwareVf::read_receive(unsigned queue, uint32_t offset) noexcept {
  switch (offset + regs::RDBAL.offset) {
    case regs::SRRCTL.offset:
      return queue == 0 ? rx_.srrctl() : idle_srrctl_;
    case regs::RQDPC.offset:
      return queue == 0 ? rx_.take_drop_count() : 0;
    default:
      return (queue == 0 ? rx_.ring() : idle_rx_).read(offset);
  }
}

void SoftwareVf::write_receive(unsigned queue, uint32_t offset, uint32_t value) noexcept {
  switch (offset + regs::RDBAL.offset) {
    case regs::SRRCTL.offset:
      if (queue == 0) return rx_.set_srrctl(value);
      idle_srrctl_ = value;
      return;
    case regs::RQDPC.offset:
      return;
    default:
      return (queue == 0 ? rx_.ring() : idle_rx_).write(offset, value);
  }
}

uint32_t SoftwareVf::read_transmit(unsigned queue, uint32_t offset) noexcept {
  switch (offset + regs::TDBAL.offset) {
    case regs::TDWBAL.offset:
      return static_cast<uint32_t>(tx_[queue].write_back_address());
    case regs::TDWBAH.offset:
      return static_cast<uint32_t>(tx_[queue].write_back_address() >> 32);
    default:
      return tx_[queue].ring().read(offset);
  }
}

void SoftwareVf::write_transmit(unsigned queue, uint32_t offset, uint32_t value) noexcept {
  switch (offset + regs::TDBAL.offset) {
    case regs::TDWBAL.offset:
      return tx_[queue].set_write_back_low(value);
    case regs::TDWBAH.offset:
      return tx_[queue].set_write_back_high(value);
    default:
      return tx_[queue].ring().write(offset, value);
  }
}

FrameLosses SoftwareVf::losses() {
  const std::lock_guard guard(lock_);
  return {rx_.counters().no_descriptor, rx_.counters().filtered, link_->undelivered()};
}

CounterList SoftwareVf::counters() {
  const std::lock_guard guard(lock_);
  const uint64_t rdt_writes = rx_.ring().doorbells() + idle_rx_.doorbells();
  const uint64_t tdt_writes = tx_[0].ring().doorbells() + tx_[1].ring().doorbells();
  CounterList list{
      {"reads", reads_},
      {"writes", writes_ + rdt_writes + tdt_writes},
      {"rdtWrites", rdt_writes},
      {"tdtWrites", tdt_writes},
      {"unknownAccesses", unknown_accesses_},
      {"txDescriptors", tx_counters_.descriptors},
      {"txReportStatus", tx_counters_.report_status},
      {"txMalformed", tx_counters_.malformed},
      {"txLostToFaults", tx_counters_.lost_to_faults},
      {"dmaFaults", dma_.faults()},
      {"filteredFrames", rx_.counters().filtered},
      {"filteredTooLong", rx_.counters().too_long},
      {"rxNoDescriptor", rx_.counters().no_descriptor},
      {"rxNotReady", rx_.counters().not_ready},
      {"interrupts", interrupts_.sent()},
  };
  link_->append_counters(list);
  return list;
}

}  // namespace pmd::emulation
