#include "raw_device.h"

#include <tuple>

#include "nic/igbvf/mailbox_messages.h"
#include "util/clock.h"

namespace pmd::bench {

namespace {

constexpr uint32_t kEverything = 1u << 16;
/// 02:00:00:00:00:01 as SET_MAC has it.
constexpr uint32_t kMacLow = 0x00000002, kMacHigh = 0x00000100;

std::unique_ptr<emulation::EmulatedFunction> open_stepped(const char* address) {
  emulation::OpenOptions options;
  options.hand_stepped = true;
  return emulation::open_emulated(address, std::move(options));
}

}  // namespace

RawDevice::RawDevice(const char* address, uint32_t ring)
    : ring_(ring),
      function_(open_stepped(address)),
      registers_(function_->window(0, regs::kBarSize)),
      region_(function_->dma().memory().allocate(buffers_offset() + size_t{2} * ring * kStride)),
      base_(function_->dma().map(region_)),
      doorbells_(std::make_shared<std::array<uint32_t, 2>>()) {
  write(regs::CTRL, regs::ctrl::RST);
  request({igb::mbx::kReset});
  request({igb::mbx::kSetMac, kMacLow, kMacHigh});
  const uint64_t tx_base = base() + ring_ * sizeof(igb::RxDescriptor);
  for (const auto& [low, high, length, where] :
       {std::tuple{regs::RDBAL, regs::RDBAH, regs::RDLEN, base()},
        std::tuple{regs::TDBAL, regs::TDBAH, regs::TDLEN, tx_base}}) {
    write(low, static_cast<uint32_t>(where));
    write(high, static_cast<uint32_t>(where >> 32));
    write(length, ring_ * static_cast<uint32_t>(sizeof(igb::RxDescriptor)));
  }
  write(regs::SRRCTL, regs::srrctl::ADV_ONE_BUFFER | regs::srrctl::DROP_EN | 2);
  write(regs::RXDCTL, regs::dctl::ENABLE | regs::dctl::thresholds(8, 8, 1));
  write(regs::TXDCTL, regs::dctl::ENABLE | regs::dctl::thresholds(8, 1, 1));
  function_->set_bus_master(true);
  for (uint32_t slot = 0; slot < ring_; ++slot) rx()[slot].read = {address_of(slot), 0};
  doorbells() = {ring_ - 1, 0};
  ring_doorbells();
}

/// The PF answers in a step; its answer is acknowledged unread, as this PF refuses none of these.
void RawDevice::request(std::initializer_list<uint32_t> words) noexcept {
  write(regs::V2PMAILBOX, regs::v2pmailbox::VFU);
  unsigned i = 0;
  for (const uint32_t word : words) registers_.write32(regs::VMBMEM.at(i++), word);
  write(regs::V2PMAILBOX, regs::v2pmailbox::REQ);
  step();
  write(regs::V2PMAILBOX, regs::v2pmailbox::ACK);
  step();
}

void RawDevice::ring_doorbells() noexcept {
  write(regs::RDT, doorbells()[0]);
  write(regs::TDT, doorbells()[1]);
}

void RawDevice::step() noexcept {
  function_->device().step(kEverything, monotonic_ns());
}

}  // namespace pmd::bench
