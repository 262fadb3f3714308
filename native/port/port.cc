#include "port/port.h"

#include "util/aside.h"
#include "util/eventfd.h"

namespace pmd {

using namespace std::chrono_literals;

namespace {

// Link and control peer are looked at once a second in case an interrupt was lost, and 32-bit counters before
// they wrap: octets do so after 34 s at 1 Gbit/s.
constexpr auto kTick = 1s;
/// How long a device may be absent after it has reported an error: the kernel resets its slot meanwhile.
constexpr auto kErrorPatience = 2s;
constexpr auto kFirstRetry = 20ms;
constexpr auto kLastRetry = 1s;
constexpr auto kGatePause = 20us;
/// How long frames that are on a ring may take to leave when the port is closed: 10 Mbit/s sends 80 of the
/// longest in it.
constexpr auto kFlushLimit = 100ms;

}  // namespace

Port::Port(std::unique_ptr<Device> device, const DriverSetup& setup, uint32_t reserve, Listener listener)
    : identity_(device->identity()),
      thread_(ControlThread::instance()),
      device_(std::move(device)),
      pool_(setup.pool),
      frame_room_(setup.chains ? kAnyRoom : pool_->data_room()),
      reserved_(reserve),
      listener_(std::move(listener)),
      wake_(thread_) {
  pool_->reserve(reserved_);
}

Port::~Port() {
  pool_->unreserve(reserved_);
}

std::shared_ptr<Port> Port::open(std::unique_ptr<Device> device, const DriverFactory& make_driver,
                                 DriverSetup setup, uint32_t reserve, Listener listener) {
  const std::shared_ptr<Port> port(new Port(std::move(device), setup, reserve, std::move(listener)));
  port->driver_ = make_driver(setup);
  auto opened = port->opened_.get_future();
  port->thread_.post([port] { port->live(); });
  try {
    opened.get();
  } catch (...) {
    port->close();
    throw;
  }
  return port;
}

void Port::close(std::function<void()> done) {
  thread_.post([self = shared_from_this()] { self->stop({}); });
  {
    const std::lock_guard lock(mutex_);
    if (!is_let_go_) {
      closers_.push_back(std::move(done));
      return;
    }
  }
  done();
}

void Port::close() {
  std::promise<void> closed;
  close([&closed] { closed.set_value(); });
  closed.get_future().wait();
}

/// The end of the port. Letting a VFIO device go may block in the kernel for seconds: not under the lock that
/// snapshot() takes. Who asked for the device back waits until its descriptors are closed, so that comes
/// first, and is told then. Of a device that is gone the kernel waits a minute for the end of a reset, and
/// the application is told before.
void Port::let_go() {
  // It may hold what holds this port: JavaScript's port, and its queues.
  const Listener listener = std::exchange(listener_, nullptr);
  const auto tell = [&] { listener({.kind = PortEvent::Kind::kRemoval, .link = {}, .reason = removal_}); };
  if (gone_) tell();
  std::unique_ptr<Device> device;
  {
    const std::lock_guard lock(mutex_);
    device.swap(device_);
    snapshot_.losses = device->losses();  // they may have grown since the last look, and never go backwards
  }
  device = nullptr;
  if (!removal_.empty() && !gone_) tell();
  std::vector<std::function<void()>> closers;
  {
    const std::lock_guard lock(mutex_);
    is_let_go_ = true;
    closers.swap(closers_);
  }
  for (const auto& closed : closers) closed();
}

/// The whole life of the port. It keeps the port alive until its end.
Detached Port::live() {
  const std::shared_ptr<Port> self = shared_from_this();
  if (co_await start()) co_await serve();
  co_await shut_down();
}

Task<bool> Port::start() {
  try {
    watch_fds();
    co_await driver_->bring_up();
  } catch (Error& error) {
    if (!removal_.empty()) error = refused_error();
    opened_.set_exception(std::make_exception_ptr(std::move(error).at(identity_.address)));
    co_return false;
  } catch (...) {
    opened_.set_exception(std::current_exception());
    co_return false;
  }
  reported_link_ = driver_->link();
  take_snapshot();
  state_.store(PortState::kRunning, std::memory_order_release);
  open_gates();
  opened_.set_value();
  co_return true;
}

Task<> Port::serve() {
  while (!stopping_) {
    co_await wake_.wait(kTick);
    if (stopping_) break;
    // A request that arrives during a check gets its own check.
    const size_t due = pending_requests();
    std::string trouble = "the device or its control peer was reset";
    std::string loss = "the device is gone";
    Health health = Health::kNeedsReset;
    try {
      health = co_await driver_->check();
    } catch (const Error& error) {
      if (error.code == ErrorCode::kRemoved) health = Health::kGone;
      (health == Health::kGone ? loss : trouble) = error.what();
    }
    if (health == Health::kGone) lose_device(std::move(loss));
    if (stopping_) break;
    if (health != Health::kGood) {
      co_await recover(trouble);
      continue;
    }
    take_snapshot();
    check_readers();
    tell_of_refusals();
    tell_of_end();
    if (driver_->link() != reported_link_) {
      reported_link_ = driver_->link();
      listener_({.kind = PortEvent::Kind::kLink, .link = reported_link_, .reason = {}});
    }
    co_await serve_requests(due);
  }
}

Task<> Port::recover(std::string reason) {
  state_.store(PortState::kRecovering, std::memory_order_release);
  co_await shut_gates();
  listener_({.kind = PortEvent::Kind::kRecovering, .link = {}, .reason = reason});
  const uint64_t begin = monotonic_ns();
  Clock::duration pause = kFirstRetry;
  std::string failure;
  while (!stopping_) {
    std::string why;
    try {
      co_await driver_->bring_up();
      break;
    } catch (const Error& error) {
      why = error.what();
      refuse_old_requests(error);
    }
    if (!device_->present()) lose_device("the device is gone");
    if (stopping_) co_return;
    if (why != failure) listener_({.kind = PortEvent::Kind::kFailure, .link = {}, .reason = why});
    failure = why;  // said once, not at every attempt
    co_await wake_.wait(pause);
    pause = std::min<Clock::duration>(pause * 2, kLastRetry);
  }
  if (stopping_) co_return;
  ++recoveries_;
  take_snapshot();
  state_.store(PortState::kRunning, std::memory_order_release);
  open_gates();
  wake_readers();
  wake_.set();  // requests that came meanwhile have used up their wake-up
  listener_(
      {.kind = PortEvent::Kind::kRecovered, .link = {}, .reason = {}, .nanoseconds = monotonic_ns() - begin});
  tell_of_refusals();
}

void Port::tell_of_refusals() {
  for (std::string& refusal : driver_->take_refusals())
    listener_({.kind = PortEvent::Kind::kRefused, .link = {}, .reason = std::move(refusal)});
}

void Port::tell_of_end() {
  if (told_of_end_ || !driver_->capabilities().ends) return;
  for (const auto& queue : driver_->rx_queues())
    if (!queue->ended()) return;
  told_of_end_ = true;
  listener_({.kind = PortEvent::Kind::kEnd, .link = {}, .reason = {}});
}

Task<> Port::shut_down() {
  // Nobody has a say any more, also when opening failed: other threads read removal_ from here on.
  stopping_ = true;
  const bool was_running = state_.load(std::memory_order_relaxed) == PortState::kRunning;
  const Refusal why = removal_.empty() ? Refusal::kClosed : Refusal::kRemoved;
  for (const auto& queue : driver_->rx_queues()) queue->shut(why);
  for (const auto& queue : driver_->tx_queues()) queue->shut(why);
  state_.store(PortState::kClosed, std::memory_order_release);
  if (was_running) {
    co_await shut_gates();
    if (removal_.empty()) co_await flush();
  }
  unwatch_fds();
  driver_->quiesce();
  take_snapshot();
  driver_->release();
  // Here and not in the destructor: queues in JavaScript's hands may keep a closed port for long.
  pool_->unreserve(std::exchange(reserved_, 0));
  refuse_requests();
  wake_readers();
  // Where there is no thread to be had, every port waits here meanwhile, but no program dies of it.
  run_aside([self = shared_from_this()] { self->let_go(); });
}

/// Waits for the device to send what is on its rings, where it sends at all. The gates are shut.
Task<> Port::flush() {
  auto limit = Deadline::in(kFlushLimit);
  for (const auto& queue : driver_->tx_queues())
    while (queue->unsent() > 0 && driver_->link().up && !limit.passed()) co_await thread_.sleep(kGatePause);
}

void Port::watch(int fd, std::function<void()> on_event) {
  if (fd < 0) return;
  thread_.watch(fd, std::move(on_event));
  watched_.push_back(fd);
}

void Port::watch_fds() {
  for (const int fd : driver_->event_fds()) {
    watch(fd, [this, fd] {
      drain_eventfd(fd);
      wake_.set();
    });
  }
  watch(device_->error_fd(), [this, fd = device_->error_fd()] {
    drain_eventfd(fd);
    patient_until_ = Clock::now() + kErrorPatience;
    wake_.set();
  });
  watch(device_->removal_fd(), [this, fd = device_->removal_fd()] {
    drain_eventfd(fd);
    stop("the system asked for the device back");
  });
}

void Port::unwatch_fds() noexcept {
  for (const int fd : watched_) thread_.unwatch(fd);
  watched_.clear();
}

/// Waits until no burst is under way, and keeps further ones out.
Task<> Port::shut_gates() {
  for (const auto& queue : driver_->rx_queues())
    while (!queue->gate().try_enter()) co_await thread_.sleep(kGatePause);
  for (const auto& queue : driver_->tx_queues()) {
    while (!queue->gate().try_enter()) co_await thread_.sleep(kGatePause);
    queue->keep_unsent();
  }
}

void Port::open_gates() noexcept {
  for (const auto& queue : driver_->rx_queues()) queue->gate().leave();
  for (const auto& queue : driver_->tx_queues()) queue->gate().leave();
}

/// Ends the port's life at the next step; `removal` says why the device was taken away, if it was.
void Port::stop(std::string removal) {
  if (stopping_) return;
  stopping_ = true;
  removal_ = std::move(removal);
  driver_->cancel();
  wake_.set();
}

/// The device does not answer: its end, unless it has just reported an error.
void Port::lose_device(std::string why) {
  if (stopping_) return;  // somebody wants the end already, and is told of it in his own words
  if (patient_until_ && Clock::now() < *patient_until_) return;
  stopping_ = true;  // and nobody else has a say: other threads read removal_ from here on
  gone_ = true;
  removal_ = std::move(why);
}

void Port::take_snapshot() {
  const std::lock_guard lock(mutex_);
  snapshot_ = {.link = driver_->link(),
               .settings = driver_->settings(),
               .counters = driver_->counters(),
               .losses = device_->losses(),
               .bus_counters = device_->counters(),
               .recoveries = recoveries_};
}

Port::Snapshot Port::snapshot() const {
  const std::lock_guard lock(mutex_);
  Snapshot snapshot = snapshot_;
  if (device_) snapshot.losses = device_->losses();
  return snapshot;
}

void Port::inject(std::string_view fault) {
  if (fault == kLostCheck) return checks_readers_.store(false);
  const std::lock_guard lock(mutex_);
  if (!device_) throw refused_error();
  FaultInjector* const faults = device_->faults();
  if (faults == nullptr)
    throw Error(ErrorCode::kInvalidArgument, "nothing can be made to go wrong with " + identity_.address,
                "only an emulated device has faults on demand");
  faults->inject(fault);
}

bool Port::arm(RxQueue& queue) noexcept {
  return state() == PortState::kRecovering || queue.arm();
}

void Port::wake_readers() {
  for (const auto& queue : driver_->rx_queues()) queue->waiters().wake_all();
}

/// In case an event was lost.
void Port::check_readers() {
  if (checks_readers_.load()) wake_readers();
}

/// By the control thread, or when the port is closed: nothing changes `removal_` then.
Error Port::refused_error() const {
  if (!removal_.empty())
    return Error(ErrorCode::kRemoved, removal_,
                 "listen for 'removal', and open the port again when it is back")
        .at(identity_.address);
  return Error(ErrorCode::kClosed, "the port " + identity_.address + " is closed", "open it again")
      .at(identity_.address);
}

}  // namespace pmd
