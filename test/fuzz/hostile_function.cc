#include "hostile_function.h"

#include <chrono>

#include "nic/igbvf/mailbox_messages.h"
#include "nic/igbvf/registers.h"
#include "util/error.h"
#include "virtual_time.h"

namespace fuzz {

using namespace pmd;
namespace mbx = igb::mbx;

HostileFunction::HostileFunction(Input& input)
    : PciFunction({{0x8086, static_cast<uint16_t>(input.flag() ? 0x10CA : 0x1520)}, "fuzz", "fuzz"}),
      input_(input) {}

RegisterWindow& HostileFunction::window(unsigned bar, uint64_t least) {
  require(bar == 0 && least <= regs::kBarSize, "the driver asks for the BAR that there is");
  return registers_;
}

uint32_t HostileFunction::read(uint32_t offset) noexcept {
  require(offset < regs::kBarSize && offset % 4 == 0, "a register lies in the BAR");
  // From here on nobody answers: hours of it would tell nothing more.
  if (input_.empty()) virtual_time::set_shortest_sleep(std::chrono::milliseconds(100));
  if (offset == regs::V2PMAILBOX.at()) return mailbox_status();
  for (unsigned i = 0; i < mbx::kWords; ++i) {
    if (offset == regs::VMBMEM.at(i)) return mailbox_word(i);
  }
  return anything(offset);
}

uint32_t HostileFunction::mailbox_status() noexcept {
  if (silent_reads_ > 0) {
    --silent_reads_;
    return 0;
  }
  const uint32_t status = input_.byte();
  // Bits that a PF does not set together stand for an answer that is long in coming, up to a second or more.
  if ((status & 0x0F) == 0x0F) silent_reads_ = (status >> 4) * 150;
  return status;
}

uint32_t HostileFunction::mailbox_word(unsigned index) noexcept {
  const uint32_t sent = written_[regs::VMBMEM.at(index)];
  if (index != 0) return input_.flag() ? sent : input_.byte() * 0x01010101u;
  switch (input_.below(6)) {
    case 0:
      return sent | mbx::kAck | mbx::kCts;
    case 1:
      return sent | mbx::kAck;
    case 2:
      return sent | mbx::kNack | mbx::kCts;
    case 3:
      return sent | mbx::kNack;
    case 4:
      return mbx::kPfControl | (input_.flag() ? mbx::kCts : 0);
    default:
      return input_.word();
  }
}

uint32_t HostileFunction::anything(uint32_t offset) noexcept {
  switch (input_.below(8)) {
    case 0:
      return UINT32_MAX;
    case 1:
      return 0;
    case 2:
      return input_.word();
    case 3:
      present_ = input_.flag();
      [[fallthrough]];
    default:
      return offset == regs::STATUS.at() ? 0x83 : written_[offset];
  }
}

void HostileFunction::write(uint32_t offset, uint32_t value) noexcept {
  require(offset < regs::kBarSize && offset % 4 == 0, "a register lies in the BAR");
  written_[offset] = value;
  if (offset == regs::RXDCTL.at() && (value & regs::dctl::ENABLE))
    check_ring(regs::RDBAL.at(), regs::RDBAH.at(), regs::RDLEN.at());
  if (offset == regs::TXDCTL.at() && (value & regs::dctl::ENABLE))
    check_ring(regs::TDBAL.at(), regs::TDBAH.at(), regs::TDLEN.at());
}

void HostileFunction::check_ring(uint32_t low, uint32_t high, uint32_t length) const noexcept {
  const auto value = [&](uint32_t offset) { return written_.contains(offset) ? written_.at(offset) : 0; };
  const uint64_t base = uint64_t{value(high)} << 32 | value(low);
  require(value(length) > 0, "a ring that runs has a length");
  for (const auto& [start, region] : regions_) {
    if (base >= start && base - start < region->size() && value(length) <= region->size() - (base - start))
      return;
  }
  require(false, "a ring that runs is mapped");
}

Iova HostileFunction::map(std::shared_ptr<Region> region) {
  const uint64_t base = next_;
  next_ += region->size() + (uint64_t{1} << 21);
  regions_[base] = std::move(region);
  return Iova(base);
}

void HostileFunction::unmap(Iova base) noexcept {
  require(!bus_master_, "nothing is unmapped while the device may reach memory");
  require(regions_.erase(base.value()) == 1, "what is unmapped was mapped");
}

void HostileFunction::enable_interrupts() {
  if (input_.below(8) == 1) throw Error(ErrorCode::kVfio, "no interrupts", "fuzz");
}

}  // namespace fuzz
