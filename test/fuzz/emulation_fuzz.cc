// The software device's register interface: any register in any order, descriptors of any kind, mappings that
// come and go, a PF that comes and goes, and time. It never touches memory that is not mapped (the heap's
// guards see it), and its counters and reads stay sane.

#include <cstring>
#include <vector>

#include "emulation/devices/igbvf/emulated_function.h"
#include "heap_memory.h"
#include "input.h"
#include "nic/igbvf/descriptors.h"
#include "nic/igbvf/mailbox_messages.h"

namespace {

using namespace pmd;
using namespace pmd::emulation;
using fuzz::require;

constexpr uint32_t kRing = 32;
constexpr size_t kRegion = 3 * 4096;

class Side {
 public:
  Side(const char* address, fuzz::Input& input)
      : input_(input), function_(open_emulated(address, options())) {
    map();
  }

  void act() {
    switch (input_.below(12)) {
      case 0:
        return write(register_offset(), input_.word());
      case 1:
        return write(input_.half(), input_.word());
      case 2:
        registers().read32(register_offset());
        return;
      case 3:
        return map();
      case 4:
        return unmap();
      case 5:
        return request();
      case 6:
        return boot();
      case 7:
        return scribble();
      case 8:
        return event();
      case 9:
        return doorbells();
      case 10:
        return function_->set_bus_master(input_.below(4) != 0);
      case 11:
        check();
        return;
    }
  }
  void step(uint64_t now) { function_->device().step(1 + input_.below(80), now); }

  void check() {
    const uint32_t status = registers().read32(regs::STATUS.at());
    require(function_->present() == (status != 0 && status != UINT32_MAX),
            "a device that is there has a status");
    function_->counters();
    function_->device().next_event();
  }

 private:
  static OpenOptions options() {
    OpenOptions options;
    options.memory = std::make_unique<fuzz::HeapMemory>();
    options.hand_stepped = true;
    return options;
  }

  RegisterWindow& registers() { return function_->window(0, regs::kBarSize); }
  void write(uint32_t offset, uint32_t value) { registers().write32(offset, value); }
  void write(const regs::Reg& reg, uint32_t value) { write(reg.at(), value); }
  uint32_t register_offset() {
    const regs::Reg& reg = *regs::kAll[input_.below(std::size(regs::kAll))];
    return reg.at(input_.below(reg.count));
  }

  void map() {
    if (regions_.size() == 4) return;
    std::shared_ptr<Region> region = function_->dma().memory().allocate(kRegion);
    const Iova base = function_->dma().map(region);
    regions_.push_back({base, region});
  }
  /// The region goes with its mapping, so that whoever still has its address is caught.
  void unmap() {
    if (regions_.empty()) return;
    const uint32_t which = input_.below(static_cast<uint32_t>(regions_.size()));
    function_->dma().unmap(regions_[which].base);
    regions_.erase(regions_.begin() + which);
  }

  /// Something near the end of a region, or beyond it, more often than chance would have it.
  uint64_t address() {
    if (regions_.empty()) return input_.word();
    const uint64_t base = regions_[input_.below(static_cast<uint32_t>(regions_.size()))].base.value();
    switch (input_.below(4)) {
      case 0:
        return base + input_.half() % kRegion;
      case 1:
        return base + kRegion - input_.byte();
      case 2:
        return base - input_.byte();
      default:
        return base;
    }
  }

  /// A message to the PF, as a driver would send it or not.
  void request() {
    write(regs::V2PMAILBOX, regs::v2pmailbox::VFU);
    const uint32_t code = input_.flag() ? input_.below(8) : input_.word();
    write(regs::VMBMEM.at(0), code | static_cast<uint32_t>(input_.byte()) << igb::mbx::kInfoShift);
    for (unsigned i = 1; i < 4; ++i) write(regs::VMBMEM.at(i), input_.flag() ? 0x02020202 : input_.word());
    write(regs::V2PMAILBOX,
          input_.flag() ? regs::v2pmailbox::REQ : regs::v2pmailbox::REQ | regs::v2pmailbox::ACK);
    function_->device().step(4, now());
    registers().read32(regs::V2PMAILBOX.at());
    write(regs::V2PMAILBOX, regs::v2pmailbox::ACK);
  }

  /// Brings the rings up as a driver does, so that what follows moves frames.
  void boot() {
    if (regions_.empty()) map();
    write(regs::V2PMAILBOX, regs::v2pmailbox::VFU);
    write(regs::VMBMEM, igb::mbx::kReset);
    write(regs::V2PMAILBOX, regs::v2pmailbox::REQ);
    function_->device().step(4, now());
    const uint64_t rings = input_.flag() ? regions_.front().base.value() : address();
    for (const auto& [low, high, length, tail] :
         {std::tuple{regs::RDBAL, regs::RDBAH, regs::RDLEN, regs::RDT},
          std::tuple{regs::TDBAL, regs::TDBAH, regs::TDLEN, regs::TDT}}) {
      write(low, static_cast<uint32_t>(rings) + (low.at() == regs::TDBAL.at() ? kRing * 16 : 0));
      write(high, static_cast<uint32_t>(rings >> 32));
      write(length, input_.flag() ? kRing * 16 : input_.half() * 128u);
      write(tail, 0);
    }
    write(regs::SRRCTL,
          regs::srrctl::ADV_ONE_BUFFER | regs::srrctl::DROP_EN | (input_.flag() ? 2 : input_.byte()));
    write(regs::RXDCTL, regs::dctl::ENABLE);
    write(regs::TXDCTL, regs::dctl::ENABLE);
    function_->set_bus_master(true);
    doorbells();
  }

  /// Descriptors, and whatever else is in memory.
  void scribble() {
    if (regions_.empty()) return;
    std::byte* const memory = regions_.front().region->data();
    if (input_.flag()) {
      memory[input_.half() % kRegion] = static_cast<std::byte>(input_.byte());
      return;
    }
    for (uint32_t n = 1 + input_.below(8); n > 0; --n) {
      const uint32_t slot = input_.below(2 * kRing);
      igb::TxDescriptor descriptor{};
      descriptor.address = address();
      const uint32_t length = input_.flag() ? 60 : input_.half();
      if (slot >= kRing) {
        namespace cmd = igb::tx_cmd;
        descriptor.cmd_type_length =
            input_.flag() ? cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS | cmd::EOP | cmd::RS | length
                          : input_.word();
        descriptor.olinfo_status =
            input_.flag() ? length << igb::tx_status::kPayloadLengthShift : input_.word();
      }
      std::memcpy(memory + slot * sizeof(descriptor), &descriptor, sizeof(descriptor));
    }
  }

  void doorbells() {
    write(regs::RDT, input_.flag() ? kRing - 1 : input_.half());
    write(regs::TDT, input_.flag() ? input_.below(kRing) : input_.half());
  }

  void event() {
    SoftwareVf& device = function_->device();
    switch (input_.below(12)) {
      case 0:
        return device.set_link(input_.flag());
      case 1:
        return device.pf_present(input_.flag());
      case 2:
        return device.pf_reset_begin();
      case 3:
        return device.pf_reset_end();
      case 4:
        return device.set_admin_mac(input_.flag() ? std::optional(MacAddress{2, 2, 2, 2, 2, input_.byte()})
                                                  : std::nullopt);
      case 5:
        return device.plan_mailbox(
            {static_cast<MailboxFault>(input_.below(6)), uint64_t{input_.half()} * 1000});
      case 6:
        return device.set_gone(static_cast<Gone>(input_.below(3)));
      case 7:
        return device.plan_gone_at_access(input_.byte(), input_.flag() ? Gone::kAllOnes : Gone::kZeros);
      case 8:
        return device.request_removal();
      case 9:
        return device.signal_error();
      case 10:
        return device.function_level_reset();
      default:
        return device.set_interrupts(input_.flag());
    }
  }

  uint64_t now() { return now_ns_ += 1000; }

  struct Mapped {
    Iova base;
    std::shared_ptr<Region> region;
  };

  fuzz::Input& input_;
  std::unique_ptr<EmulatedFunction> function_;
  std::vector<Mapped> regions_;
  uint64_t now_ns_ = 1'000'000'000;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  constexpr const char* kAddresses[] = {"emu:fuzz", "emu:fuzz,rate=1M,delay=1us"};
  const char* wire = kAddresses[input.below(2)];
  Side sides[] = {{wire, input}, {"emu:fuzz", input}, {"emu:flood,peer=flood,size=60-2026", input}};
  uint64_t now = 2'000'000'000;
  while (!input.empty()) {
    Side& side = sides[input.below(3)];
    side.act();
    now += input.below(8) == 0 ? uint64_t{input.word()} : 1000;
    if (input.flag()) side.step(now);
  }
  for (Side& side : sides) side.check();
  return 0;
}
