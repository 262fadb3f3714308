#include "virtual_time.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

// The program's own clock_gettime, timerfd_settime and epoll_wait take the place of the C library's, for
// libstdc++ too. The clocks of libFuzzer are real-time ones, and go on.

namespace {
constexpr int64_t kSecond = 1'000'000'000;
std::atomic<int64_t> now_ns{1000 * kSecond};
std::atomic<int64_t> shortest_sleep_ns{0};
std::atomic<int64_t> due_ns{0};  ///< of the program's only timer; 0: it is not set
}  // namespace

void fuzz::virtual_time::set_shortest_sleep(std::chrono::nanoseconds span) noexcept {
  shortest_sleep_ns.store(span.count());
}

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* time) noexcept {
  if (clock != CLOCK_MONOTONIC) return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const int64_t now = now_ns.load();
  *time = {static_cast<time_t>(now / kSecond), static_cast<long>(now % kSecond)};
  return 0;
}

extern "C" __attribute__((visibility("default"))) int timerfd_settime(int, int, const itimerspec* when,
                                                                      itimerspec*) noexcept {
  due_ns.store(when->it_value.tv_sec * kSecond + when->it_value.tv_nsec);
  return 0;
}

extern "C" __attribute__((visibility("default"))) int epoll_wait(int epoll, epoll_event* events, int most,
                                                                 int) {
  const int64_t due = due_ns.exchange(0);
  const int64_t now = now_ns.load();
  if (due != 0) now_ns.store(std::max(due, now + shortest_sleep_ns.load()));
  return static_cast<int>(
      syscall(SYS_epoll_pwait, epoll, events, most, due == 0 ? -1 : 0, nullptr, sizeof(uint64_t)));
}
