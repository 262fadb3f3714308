#include "port/control_thread.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>

#include "util/descriptors.h"
#include "util/eventfd.h"
#include "util/masked_thread.h"

namespace pmd {

namespace {

UniqueFd checked(const char* call, int fd) {
  if (fd >= 0) return UniqueFd(fd);
  throw descriptor_error("cannot start the control thread", call, errno);
}

}  // namespace

ControlThread& ControlThread::instance() {
  // Never destroyed: at exit the thread still runs, and what it uses must be there.
  static auto* const thread = new ControlThread();
  return *thread;
}

ControlThread::ControlThread()
    : wake_fd_(make_eventfd()),
      epoll_(checked("epoll_create1", epoll_create1(EPOLL_CLOEXEC))),
      timer_(checked("timerfd_create", timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))) {
  add(wake_fd_.get());
  add(timer_.get());
  start_masked_thread("pmd-control", [this] { loop(); }).detach();
}

void ControlThread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(job));
  }
  signal_eventfd(wake_fd_.get());
}

void ControlThread::watch(int fd, std::function<void()> on_ready) {
  add(fd);
  watches_[fd] = std::move(on_ready);
}

void ControlThread::unwatch(int fd) noexcept {
  watches_.erase(fd);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void ControlThread::add(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return;
  const int err = errno;
  throw Error(
      ErrorCode::kNoMemory, "cannot watch a descriptor: " + errno_text(err),
      err == ENOSPC ? "raise the user's limit: sysctl fs.epoll.max_user_watches" : "close what is not needed")
      .from("epoll_ctl", err);
}

ControlThread::Timers::iterator ControlThread::at(Clock::time_point when, std::function<void()> callback) {
  return timers_.emplace(when, std::move(callback));
}

void ControlThread::loop() {
  for (;;) {
    run_posted();
    run_timers();
    wait_for_fds();
  }
}

void ControlThread::run_posted() {
  std::vector<std::function<void()>> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(posted_);
  }
  for (auto& job : jobs) job();
}

void ControlThread::run_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto callback = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());  // before the call, which may add and cancel timers
    callback();
  }
}

/// Has epoll_wait() end when the first timer is due.
void ControlThread::set_timer() {
  const auto due = timers_.empty() ? Clock::time_point::max() : timers_.begin()->first;
  if (due == timer_set_) return;
  timer_set_ = due;
  itimerspec when{};  // all zeros: never
  if (!timers_.empty()) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(due.time_since_epoch()).count();
    when.it_value = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);  // which takes back an old one's event
}

void ControlThread::wait_for_fds() {
  set_timer();
  std::array<epoll_event, 32> ready;
  const int count = epoll_wait(epoll_.get(), ready.data(), ready.size(), -1);
  for (int i = 0; i < count; ++i) {
    const int fd = ready[i].data.fd;
    if (fd == wake_fd_.get() || fd == timer_.get()) drain_eventfd(fd);
    if (fd == timer_.get()) timer_set_ = Clock::time_point::max();  // it goes off once
    const auto found = watches_.find(fd);                           // a callback before may have removed it
    if (found == watches_.end()) continue;
    const auto callback = found->second;
    callback();
  }
}

}  // namespace pmd
