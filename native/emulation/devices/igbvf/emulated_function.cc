#include "emulation/devices/igbvf/emulated_function.h"

#include <array>
#include <cstring>
#include <string>

#include "emulation/net/links.h"
#include "util/error.h"

namespace pmd::emulation {

namespace {

constexpr std::array<uint8_t, 4> kNetworkController{0x01, 0x00, 0x00, 0x02};  ///< revision and class

std::unique_ptr<MemorySource> or_own(std::unique_ptr<MemorySource> memory) {
  if (memory) return memory;
  return std::make_unique<ProcessMemory>(HugePages::kNever);
}

/// The part of configuration space that says what the function is.
std::array<uint8_t, 12> config_header(PciId id) {
  std::array<uint8_t, 12> header{};
  const uint16_t ids[] = {id.vendor, id.device};
  std::memcpy(header.data(), ids, sizeof(ids));
  std::memcpy(header.data() + 8, kNetworkController.data(), kNetworkController.size());
  return header;
}

}  // namespace

EmulatedFunction::EmulatedFunction(const Address& address, OpenOptions options)
    : PciFunction({kEmulatedId, address.text, "emulation"}),
      memory_(or_own(std::move(options.memory))),
      device_(open_link(address), {.policy = options.policy,
                                   .engine = options.hand_stepped ? nullptr : &Engine::instance(),
                                   .time = options.time,
                                   .offloads = address.offloads}),
      registers_(device_) {
  for (const std::string& fault : address.faults) inject(fault);
}

EmulatedFunction::~EmulatedFunction() = default;

RegisterWindow& EmulatedFunction::window(unsigned bar, uint64_t least) {
  if (bar == 0 && least <= registers_.size()) return registers_;
  throw Error(ErrorCode::kUnsupportedDevice,
              "the device has no BAR" + std::to_string(bar) + " of " + std::to_string(least) + " bytes");
}

uint32_t EmulatedFunction::read_config(uint16_t offset, unsigned bytes) const noexcept {
  if (!device_.present()) return UINT32_MAX;
  const auto header = config_header(identity().id);
  uint32_t value = 0;
  if (size_t{offset} + bytes <= header.size()) std::memcpy(&value, header.data() + offset, bytes);
  return value;
}

std::unique_ptr<EmulatedFunction> open_emulated(std::string_view address, OpenOptions options) {
  return std::make_unique<EmulatedFunction>(parse_address(address), std::move(options));
}

}  // namespace pmd::emulation
