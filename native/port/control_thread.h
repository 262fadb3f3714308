#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "util/clock.h"
#include "util/task.h"
#include "util/unique_fd.h"

namespace pmd {

/// The one thread of the process that serves every port's control side: timers, eventfds and coroutines. It
/// never waits for JavaScript, because a worker that spins never turns its event loop, and nothing that runs
/// on it blocks.
///
/// It starts with the first use and lives as long as the process: an idle one sleeps in epoll_wait.
/// instance() throws Error(kDescriptors, kThreads) where it cannot start, and the next call tries again.
class ControlThread {
 public:
  static ControlThread& instance();
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  /// Runs `job` on the control thread, after what was posted before. Any thread.
  void post(std::function<void()> job);

  // What follows is for code that runs on the control thread.

  /// Calls `on_ready` on the control thread whenever `fd` is readable, until unwatch(), which comes before
  /// `fd` is closed. Throws Error(kNoMemory) when the system can watch no more.
  void watch(int fd, std::function<void()> on_ready);
  void unwatch(int fd) noexcept;

  using Timers = std::multimap<Clock::time_point, std::function<void()>>;
  Timers::iterator at(Clock::time_point when, std::function<void()> callback);
  void cancel(Timers::iterator timer) { timers_.erase(timer); }

  /// `co_await sleep(1ms)`.
  auto sleep(Clock::duration span) {
    struct Awaiter {
      ControlThread& thread;
      Clock::duration span;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> awaiting) {
        thread.at(Clock::now() + span, [awaiting] { awaiting.resume(); });
      }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this, span};
  }

 private:
  ControlThread();
  [[noreturn]] void loop();
  void run_posted();
  void run_timers();
  void add(int fd);
  void set_timer();
  void wait_for_fds();

  UniqueFd wake_fd_;
  // Not ppoll(), which refuses more descriptors than RLIMIT_NOFILE allows, though they be open already.
  UniqueFd epoll_;
  UniqueFd timer_;  ///< epoll_wait() counts milliseconds, and waits for the device may be shorter
  Clock::time_point timer_set_ = Clock::time_point::max();
  std::mutex mutex_;  // guards posted_
  std::vector<std::function<void()>> posted_;
  Timers timers_;
  std::map<int, std::function<void()>> watches_;
};

/// A flag that one coroutine waits for, with a limit. Set and awaited on the control thread.
class Signal {
 public:
  explicit Signal(ControlThread& thread) : thread_(thread) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void set() {
    set_ = true;
    if (waiter_) wake();
  }
  /// True when set() was called since the last wait, false when `limit` passed.
  auto wait(Clock::duration limit) {
    struct Awaiter {
      Signal& signal;
      Clock::duration limit;
      bool await_ready() const noexcept { return signal.set_; }
      void await_suspend(std::coroutine_handle<> awaiting) {
        signal.waiter_ = awaiting;
        signal.timer_ = signal.thread_.at(Clock::now() + limit,
                                          [this] { std::exchange(signal.waiter_, nullptr).resume(); });
      }
      bool await_resume() noexcept { return std::exchange(signal.set_, false); }
    };
    return Awaiter{*this, limit};
  }

 private:
  void wake() {
    thread_.cancel(timer_);
    std::exchange(waiter_, nullptr).resume();
  }

  ControlThread& thread_;
  std::coroutine_handle<> waiter_;
  ControlThread::Timers::iterator timer_;
  bool set_ = false;
};

}  // namespace pmd
