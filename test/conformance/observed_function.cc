#include "observed_function.h"

#include "nic/igbvf/descriptors.h"
#include "nic/igbvf/registers.h"

namespace pmd::conformance {

ObservedFunction::ObservedFunction(std::unique_ptr<PciFunction> function,
                                   std::shared_ptr<Observations> observations, std::function<void()> on_close)
    : ForwardingFunction(std::move(function)),
      observations_(std::move(observations)),
      on_close_(std::move(on_close)) {}

ObservedFunction::~ObservedFunction() {
  on_close_();
}

RegisterWindow& ObservedFunction::window(unsigned bar, uint64_t least) {
  observed_ = &inner().window(bar, least);
  return registers_;
}

uint32_t ObservedFunction::read(uint32_t offset) noexcept {
  if (std::this_thread::get_id() == observations_->packet_thread) ++observations_->packet_thread_reads;
  if (offset == regs::V2PMAILBOX.at()) ++observations_->mailbox_polls;
  return observed_->read32(offset);
}

void ObservedFunction::write(uint32_t offset, uint32_t value) noexcept {
  // The rings' registers are the control thread's to write while the gates are shut, and TDT after that the
  // packet thread's: no two threads are here for one ring at once.
  if (offset == regs::TDBAL.at()) ring_base_ = (ring_base_ & ~uint64_t{UINT32_MAX}) | value;
  if (offset == regs::TDBAH.at()) ring_base_ = (ring_base_ & UINT32_MAX) | uint64_t{value} << 32;
  if (offset == regs::TDLEN.at()) ring_size_ = value / sizeof(igb::TxDescriptor);
  if (offset == regs::RDT.at()) ++observations_->rx_doorbells;
  if (offset == regs::TDT.at()) {
    if (std::this_thread::get_id() == observations_->packet_thread) observe_doorbell(value);
    tail_ = value;
  }
  observed_->write32(offset, value);
}

Iova ObservedFunction::map(std::shared_ptr<Region> region) {
  const Iova base = inner().dma().map(region);
  mapped_.emplace(base, std::move(region));
  return base;
}

void ObservedFunction::unmap(Iova base) noexcept {
  inner().dma().unmap(base);
  mapped_.erase(base);
}

/// Before the device is told: afterwards it may write into the descriptors.
void ObservedFunction::observe_doorbell(uint32_t tail) {
  ++observations_->tx_doorbells;
  Doorbell doorbell;
  for (const auto& [base, region] : mapped_) {
    const uint64_t offset = ring_base_ - base.value();
    if (ring_base_ < base.value() || offset >= region->size()) continue;
    const auto* ring = reinterpret_cast<const igb::TxDescriptor*>(region->data() + offset);
    for (uint32_t slot = tail_; slot != tail && slot < ring_size_; slot = (slot + 1) % ring_size_) {
      if (ring[slot].cmd_type_length & igb::tx_cmd::RS) doorbell.reports.push_back(doorbell.descriptors);
      ++doorbell.descriptors;
    }
  }
  const std::lock_guard lock(observations_->mutex);
  observations_->doorbells.push_back(std::move(doorbell));
}

}  // namespace pmd::conformance
