// A port of a process that may start no further thread.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <future>

#include "check.h"
#include "open/open_port.h"

using namespace pmd;

namespace {

std::atomic<bool> no_more_threads = false;
std::atomic<int> refused = 0;

/// Keeps the process from starting threads, as a limit on its processes would.
class NoMoreThreads {
 public:
  NoMoreThreads() { no_more_threads = true; }
  ~NoMoreThreads() { no_more_threads = false; }
};

std::shared_ptr<Port> open_small(
    const char* address, Port::Listener listener = [](const PortEvent&) {}) {
  PortConfig config;
  config.address = address;
  config.rx_ring = config.tx_ring = 64;
  config.huge_pages = HugePages::kNever;
  return open_port(config, std::move(listener));
}

}  // namespace

/// Instead of the C library's.
extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                             const pthread_attr_t* attributes,
                                                             void* (*start)(void*), void* argument) {
  if (no_more_threads) {
    ++refused;
    return EAGAIN;
  }
  static const auto create = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, start, argument);
}

TEST(close_without_a_thread) {
  const auto port = open_small("emu:close,peer=flood");
  {
    const NoMoreThreads limit;
    const int before = refused;
    port->close();
    CHECK(refused > before);
  }
  CHECK(port->state() == PortState::kClosed);
  open_small("emu:close,peer=flood")->close();  // the device was let go
}

TEST(removal_without_a_thread) {
  for (const char* fault : {"removal", "gone-ones:1"}) {
    std::promise<void> told;
    const auto port = open_small("emu:removed,peer=flood", [&](const PortEvent& event) {
      if (event.kind == PortEvent::Kind::kRemoval) told.set_value();
    });
    const NoMoreThreads limit;
    const int before = refused;
    port->inject(fault);
    told.get_future().wait();
    port->close();
    CHECK(refused > before);
  }
}
