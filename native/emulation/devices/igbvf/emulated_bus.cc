#include "emulation/devices/igbvf/emulated_bus.h"

#include "emulation/net/links.h"

namespace pmd::emulation {

namespace {
constexpr uint16_t kIntel = 0x8086;
constexpr uint16_t k82576Vf = 0x10CA;

std::unique_ptr<MemorySource> or_own(std::unique_ptr<MemorySource> memory) {
  if (memory) return memory;
  return std::make_unique<ProcessMemory>(HugePages::kNever);
}
}  // namespace

EmulatedBus::EmulatedBus(const Address& address, OpenOptions options)
    : Bus({{kIntel, k82576Vf}, address.text, "emulation"}),
      memory_(or_own(std::move(options.memory))),
      device_(open_link(address),
              {options.policy, options.hand_stepped ? nullptr : &Engine::instance(), options.time}) {
  for (const std::string& fault : address.faults) inject(fault);
}

EmulatedBus::~EmulatedBus() = default;

std::unique_ptr<Bus> open_emulated(std::string_view address) {
  return open_emulated(address, OpenOptions{});
}

std::unique_ptr<EmulatedBus> open_emulated(std::string_view address, OpenOptions options) {
  return std::make_unique<EmulatedBus>(parse_address(address), std::move(options));
}

}  // namespace pmd::emulation
