#include "stepped_port.h"

#include <atomic>
#include <thread>

#include "util/clock.h"

namespace pmd::bench {

namespace {
/// More than any ring has.
constexpr uint32_t kEverything = 1u << 16;
}  // namespace

SteppedPort::SteppedPort(const PortConfig& config) {
  emulation::OpenOptions options;
  options.hand_stepped = true;
  auto function = emulation::open_emulated(config.address, std::move(options));
  function_ = function.get();
  // Opening waits for the PF's answers, which take steps as well.
  std::atomic<bool> open{false};
  std::thread stepper([&] {
    for (; !open.load(); std::this_thread::yield()) step();
  });
  try {
    port_ = open_port_on(std::move(function), config, [](const PortEvent&) {});
  } catch (...) {
    open = true;
    stepper.join();
    throw;
  }
  open = true;
  stepper.join();
}

SteppedPort::~SteppedPort() {
  port_->close();
}

void SteppedPort::step() noexcept {
  function_->device().step(kEverything, monotonic_ns());
}

}  // namespace pmd::bench
