#include "port/control_thread.h"

#include <poll.h>

#include <algorithm>

#include "util/eventfd.h"
#include "util/masked_thread.h"

namespace pmd {

ControlThread& ControlThread::instance() {
  // Never destroyed: at exit the thread still runs, and what it uses must be there.
  static auto* const thread = new ControlThread();
  return *thread;
}

ControlThread::ControlThread() : wake_fd_(make_eventfd()) {
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
  watches_[fd] = std::move(on_ready);
}

void ControlThread::unwatch(int fd) noexcept {
  watches_.erase(fd);
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

void ControlThread::wait_for_fds() {
  std::vector<pollfd> fds{{wake_fd_.get(), POLLIN, 0}};
  for (const auto& [fd, callback] : watches_) fds.push_back({fd, POLLIN, 0});
  timespec limit{};
  if (!timers_.empty()) {
    const auto span = std::max(timers_.begin()->first - Clock::now(), Clock::duration::zero());
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
    limit = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  }
  if (ppoll(fds.data(), fds.size(), timers_.empty() ? nullptr : &limit, nullptr) <= 0) return;
  if (fds[0].revents != 0) drain_eventfd(wake_fd_.get());
  for (size_t i = 1; i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    const auto found = watches_.find(fds[i].fd);  // a callback before may have removed it
    if (found == watches_.end()) continue;
    const auto callback = found->second;
    callback();
  }
}

}  // namespace pmd
