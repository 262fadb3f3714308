#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "expect.h"
#include "frames.h"
#include "open/open_port.h"
#include "rig.h"

namespace pmd::conformance {

/// What a port said, in order. Any thread.
class EventLog {
 public:
  void add(const PortEvent& event);
  /// Takes events until one of this kind comes; throws Failure when none does.
  PortEvent await(PortEvent::Kind kind, std::source_location where = std::source_location::current());
  bool seen(PortEvent::Kind kind) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::deque<PortEvent> events_;  // guarded by mutex_
};

struct Received {
  Bytes data;
  uint32_t status = 0;
  uint32_t buffer = 0;
};

struct StationOptions {
  uint32_t rx_ring = 64;
  uint32_t tx_ring = 64;
  NicSettings settings{};
  uint32_t burst = 256;
  bool chains = false;  ///< frames may take several buffers
};

/// One port, worked by the thread that opened it.
class Station {
 public:
  Station(std::unique_ptr<PciFunction> function, std::shared_ptr<Observations> observations, PoolCache& cache,
          const StationOptions& options);
  ~Station();
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  Port& port() noexcept { return *port_; }
  RxQueue& rx() noexcept { return *port_->driver().rx_queues()[0]; }
  TxQueue& tx() noexcept { return *port_->driver().tx_queues()[0]; }
  PoolCache& cache() noexcept { return cache_; }
  Observations& observations() noexcept { return *observations_; }
  EventLog& events() noexcept { return *events_; }
  /// For frames to be sent, and frames received.
  Burst& outgoing() noexcept { return outgoing_; }
  Burst& incoming() noexcept { return incoming_; }

  MacAddress mac() const { return port_->snapshot().settings.mac; }
  void set_mac(const MacAddress& mac);
  /// The same, and no check of ours keeps the PF from being asked.
  void set_mac_unchecked(const MacAddress& mac);
  void set_mtu(uint16_t mtu);
  void set_vlan(uint16_t id, bool member);
  void set_multicast(std::vector<MacAddress> addresses, bool all = false);

  /// Puts a frame into the burst, into a fresh buffer.
  void put(Burst& burst, const Bytes& frame, uint16_t offset = kHeadroom);
  /// Sends all of them; throws Failure when the ring does not take them in time.
  void send(const std::vector<Bytes>& frames, std::source_location where = std::source_location::current());
  void send_one(const Bytes& frame) { send(std::vector<Bytes>{frame}); }
  /// Waits for this many frames of ours, and takes no more.
  std::vector<Received> receive(size_t count, std::source_location where = std::source_location::current());
  /// Waits until the device is done with everything that was sent.
  void drain_tx(std::source_location where = std::source_location::current());
  /// Ends the port's life in order: frames back, port closed, queues given up. Idempotent.
  void close();

 private:
  /// Of the frame that begins at an entry of incoming().
  uint32_t entries_at(uint32_t i) const noexcept;

  std::shared_ptr<EventLog> events_ = std::make_shared<EventLog>();
  std::shared_ptr<Observations> observations_;
  PoolCache& cache_;
  std::shared_ptr<Port> port_;
  Burst outgoing_;
  Burst incoming_;
  const bool chains_;
  bool open_ = true;
};

/// Sends a frame that `to` receives in any case, and returns what came before it: on every bus here frames
/// arrive in the order in which they were sent, so what has not come by then never will.
std::vector<Received> receive_all(Station& from, Station& to,
                                  std::source_location where = std::source_location::current());

/// Demands exactly these contents, in this order.
void expect_frames(const std::vector<Received>& received, const std::vector<Bytes>& expected,
                   std::source_location where = std::source_location::current());

/// Frames go both ways between the two and arrive whole.
void expect_traffic(Station& a, Station& b, std::source_location where = std::source_location::current());

}  // namespace pmd::conformance
