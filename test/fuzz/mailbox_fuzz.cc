// The driver against a PF and a device that answer anything: bring-up, health checks and requests end in
// time, with an Error or without, and afterwards nothing is mapped and no buffer is missing. Time is virtual
// here (virtual_time.h).

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <vector>

#include "hostile_function.h"
#include "nic/igbvf/igb_vf.h"
#include "util/error.h"
#include "virtual_time.h"

namespace {

using namespace pmd;
using namespace std::chrono_literals;
using fuzz::require;

constexpr uint32_t kBuffers = 128;
/// What a single request may take: an answer and a reply, a second each, and the mailbox's lock twice.
constexpr auto kRequestLimit = 2200ms;
constexpr auto kResetLimit = 1100ms;

/// One for all inputs, since each of them gives everything back.
const std::shared_ptr<PacketPool>& shared_pool() {
  static fuzz::HeapMemory memory;
  static const auto pool = std::make_shared<PacketPool>(PoolOptions{.buffers = kBuffers}, memory);
  return pool;
}

/// Every buffer can be had, once: usage() does not see one that is lost.
void require_whole(PacketPool& pool) {
  std::vector<uint32_t> all(kBuffers + 1);
  require(pool.take(all.data(), kBuffers + 1) == kBuffers, "no buffer is missing, none is there twice");
  all.pop_back();
  std::sort(all.begin(), all.end(), std::greater());
  for (uint32_t i = 0; i < kBuffers; ++i) require(all[i] == kBuffers - 1 - i, "every buffer is there once");
  pool.give(all.data(), kBuffers);  // in their order: what one input does must not depend on those before it
}

/// Runs a control sequence to its end.
Task<> run(Task<> sequence, Clock::duration limit) {
  const auto begin = Clock::now();
  try {
    co_await std::move(sequence);
  } catch (const Error&) {
    // Any of them will do: which one is for the unit tests.
  }
  require(Clock::now() - begin <= limit, "a control sequence ends in time");
}

MacAddress mac_from(fuzz::Input& input) {
  MacAddress mac;
  for (uint8_t& byte : mac) byte = input.byte();
  return mac;
}

NicSettings settings_from(fuzz::Input& input) {
  NicSettings settings;
  if (input.flag()) settings.mac = mac_from(input);
  for (uint32_t n = input.below(3); n > 0; --n) settings.vlans.push_back(input.below(4096));
  for (uint32_t n = input.below(3); n > 0; --n) settings.multicast.push_back(mac_from(input));
  settings.all_multicast = input.flag();
  return settings;
}

/// Bring-up: the function's reset, the handshake, and a request for each setting.
Clock::duration bring_up_limit(const NicSettings& settings) {
  constexpr uint32_t kAlways = 4;  // RESET, MAC, MTU, multicast
  const auto requests = kAlways + settings.vlans.size() + settings.multicast.size();
  return kResetLimit + kRequestLimit * static_cast<int64_t>(requests);
}

Task<> look(igbvf::IgbVf& driver) {
  co_await driver.check();
}

Request request_from(fuzz::Input& input, uint32_t kind) {
  switch (kind) {
    case 1:
      return SetMac{mac_from(input)};
    case 2:
      return SetMtu{input.below(2027)};
    case 3: {
      const uint32_t id = input.below(4096);
      return SetVlan{id, input.flag()};
    }
    default: {
      const uint32_t count = input.below(31);
      std::vector<MacAddress> addresses;
      for (const MacAddress mac = mac_from(input); addresses.size() < count;) addresses.push_back(mac);
      return SetMulticast{std::move(addresses), input.flag()};
    }
  }
}

Task<> act(fuzz::Input& input, igbvf::IgbVf& driver) {
  const uint32_t action = input.below(8);
  switch (action) {
    case 0:
      co_return co_await run(driver.bring_up(), bring_up_limit(driver.settings()));
    case 1:
    case 2:
    case 3:
    case 4: {
      // Not within the call: GCC 12 destroys such a temporary of a coroutine twice.
      Request request = request_from(input, action);
      co_return co_await run(driver.apply(std::move(request)), 2 * kRequestLimit);
    }
    case 5:
      driver.dump_registers();
      co_return;
    case 6:
      driver.quiesce();
      co_return;
    default:
      co_return co_await run(look(driver), kRequestLimit);
  }
}

/// All of it on the control thread, as the driver demands.
Detached play(fuzz::Input& input, std::promise<void>& done) {
  const auto& pool = shared_pool();
  fuzz::HostileFunction function(input);
  {
    igbvf::IgbVf driver(function, {.thread = ControlThread::instance(),
                                   .pool = pool,
                                   .rx_ring = 32,
                                   .tx_ring = 32,
                                   .settings = settings_from(input)});
    co_await run(driver.bring_up(), bring_up_limit(driver.settings()));
    while (!input.empty()) co_await act(input, driver);
    driver.quiesce();
    require(!function.bus_master(), "a device that is stopped may not reach memory");
    driver.release();
  }
  require(function.mappings() == 0, "nothing stays mapped");
  require_whole(*pool);
  done.set_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::virtual_time::set_shortest_sleep(0ns);
  fuzz::Input input(data, size);
  std::promise<void> done;
  ControlThread::instance().post([&] { play(input, done); });
  done.get_future().wait();
  return 0;
}
