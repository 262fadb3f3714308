#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "port/control_thread.h"
#include "port/device.h"
#include "port/driver.h"
#include "port/queue_owner.h"
#include "util/clock.h"
#include "util/error.h"

namespace pmd {

/// The life of a port, and who may move it:
///
///   from        to          who             when
///   opening     running     control thread  the device is set up and the queues are on
///   opening     closed      control thread  bring-up failed, or close() was called
///   running     recovering  control thread  the device or its control peer was reset, or answers no more
///   recovering  running     control thread  the device is set up again
///   running     closed      control thread  close(), removal request, device gone
///   recovering  closed      control thread  the same
///
/// Never: closed to anything (queues hold pointers into a device that may be gone), opening to recovering
/// (who waits for open() is told of a failure at once), and no move by any other thread.
enum class PortState : uint8_t { kOpening, kRunning, kRecovering, kClosed };

struct PortEvent {
  enum class Kind : uint8_t {
    kLink,        ///< `link` has changed
    kRecovering,  ///< bursts return 0 from here on; `reason` says why
    kRecovered,   ///< after `nanoseconds`
    kRemoval,     ///< the device was asked back, and has been let go; or is gone. `reason` says which
    kFailure,     ///< an attempt to recover failed; the next one follows. `reason` says why
    kEnd,         ///< no frame comes any more, and all were received
    kRefused,     ///< a setting of the running port is not in force any more. `reason` says which, and why
  };
  Kind kind;
  Link link;
  std::string reason;
  uint64_t nanoseconds = 0;
};

/// One device with its driver, from open to close. Process-wide: any thread may ask it for something; its
/// control side runs as one coroutine on the control thread, so nothing of it needs a lock.
class Port : public QueueOwner, public std::enable_shared_from_this<Port> {
 public:
  using Listener = std::function<void(const PortEvent&)>;

  /// Sets the device up: blocks for up to some seconds, so never on JavaScript's thread. `reserve` buffers of
  /// the pool are set aside for the port. Throws Error.
  static std::shared_ptr<Port> open(std::unique_ptr<Device> device, const DriverFactory& make_driver,
                                    DriverSetup setup, uint32_t reserve, Listener listener);
  ~Port() override;

  /// Lets what was sent go out, within kFlushLimit; stops the queues, ends DMA, returns the rings' buffers,
  /// and lets the device go; then calls `done`, on whatever thread. Idempotent.
  void close(std::function<void()> done);
  /// The same, and waits for it.
  void close();

  PortState state() const noexcept { return state_.load(std::memory_order_acquire); }
  const DeviceIdentity& identity() const noexcept { return identity_; }
  const std::string& name() const noexcept override { return identity_.address; }
  const std::shared_ptr<PacketPool>& pool() const noexcept override { return pool_; }
  std::span<const std::unique_ptr<RxQueue>> rx_queues() const noexcept override {
    return driver_->rx_queues();
  }
  std::span<const std::unique_ptr<TxQueue>> tx_queues() const noexcept override {
    return driver_->tx_queues();
  }
  Driver& driver() noexcept { return *driver_; }

  /// The state at the control thread's last look; the losses are the device's of now.
  struct Snapshot {
    Link link;
    NicSettings settings;
    DeviceCounters counters;
    FrameLosses losses;
    CounterList bus_counters;  ///< of what is below the driver
    uint64_t recoveries = 0;
  };
  Snapshot snapshot() const;
  /// Looks at the device now, then as snapshot(). Blocks for up to a second or two. Throws Error(kClosed,
  /// kRemoved).
  Snapshot refresh();
  RegisterDump dump_registers();
  /// A fault of every port: sleeping readers are woken by events alone, so that a test notices one that is
  /// lost.
  static constexpr std::string_view kLostCheck = "lost-check";
  /// For tests: kLostCheck, or FaultInjector::inject. Throws Error(kInvalidArgument, kClosed, kRemoved).
  void inject(std::string_view fault);

  /// A port that recovers, or is closed then, wakes the queue's waiters instead, as it does once a second in
  /// case an event was lost.
  bool arm(RxQueue& queue) noexcept override;

  using Done = std::function<void(std::exception_ptr)>;
  /// Has the driver apply a request, then calls `done` with what went wrong, or with nothing, on whatever
  /// thread. While the port recovers a request waits, for some seconds at most, and then fails as recovering
  /// did. A request that validate() refuses fails at once.
  void apply(Request request, Done done);
  /// The same, and waits for it. Throws what the request does.
  void apply(Request request);
  /// Runs a job on the control thread, in turn with the requests and right after a look at the device.
  using Job = std::function<Task<>(Driver&)>;
  void run(Job job, Done done);
  void run(Job job);

 private:
  struct Pending {
    Job job;
    Clock::time_point asked;
    Done done;
  };

  Port(std::unique_ptr<Device> device, const DriverSetup& setup, uint32_t reserve, Listener listener);

  void check(const Request& request) const;

  // All on the control thread.
  Detached live();
  Task<bool> start();
  Task<> serve();
  size_t pending_requests() const;
  Task<> serve_requests(size_t count);
  Task<> recover(std::string reason);
  Task<> shut_down();
  Task<> flush();
  void watch_fds();
  void watch(int fd, std::function<void()> on_event);
  void unwatch_fds() noexcept;
  Task<> shut_gates();
  void open_gates() noexcept;
  void take_snapshot();
  void tell_of_refusals();
  void tell_of_end();
  void stop(std::string reason);
  void lose_device(std::string why);
  void refuse_requests();
  void refuse_old_requests(const Error& why);
  void wake_readers();
  void check_readers();
  Error refused_error() const;
  void let_go();  // on a thread of its own, where there is one to be had

  const DeviceIdentity identity_;
  ControlThread& thread_;
  std::unique_ptr<Device> device_;
  const std::shared_ptr<PacketPool> pool_;
  const uint32_t frame_room_;  ///< bytes that a received frame may have
  uint32_t reserved_;          ///< buffers of the pool, until the port is closed
  std::unique_ptr<Driver> driver_;
  Listener listener_;  ///< the control thread's, until the port is closed
  std::atomic<PortState> state_{PortState::kOpening};
  std::atomic<bool> checks_readers_{true};
  std::promise<void> opened_;

  // The control thread's.
  Signal wake_;
  std::vector<int> watched_;
  bool stopping_ = false;
  std::optional<Clock::time_point> patient_until_;  ///< the device has just reported an error
  bool told_of_end_ = false;
  bool gone_ = false;    ///< the device was taken away without asking
  std::string removal_;  ///< why the device was taken away; empty: it was not
  Link reported_link_;
  uint64_t recoveries_ = 0;

  mutable std::mutex mutex_;                    // guards what follows
  std::vector<std::function<void()>> closers_;  ///< who waits for the device to be let go
  bool is_let_go_ = false;
  std::deque<Pending> requests_;
  bool finished_ = false;  ///< no further requests are taken
  Snapshot snapshot_;
};

}  // namespace pmd
