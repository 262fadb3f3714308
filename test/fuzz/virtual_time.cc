#include "virtual_time.h"

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

// The program's own clock_gettime and ppoll take the place of the C library's, for libstdc++ too. The clocks
// of libFuzzer are real-time ones, and go on.

namespace {
constexpr int64_t kSecond = 1'000'000'000;
std::atomic<int64_t> now_ns{1000 * kSecond};
std::atomic<int64_t> shortest_sleep_ns{0};
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

extern "C" __attribute__((visibility("default"))) int ppoll(pollfd* fds, nfds_t count, const timespec* limit,
                                                            const sigset_t* mask) {
  if (limit == nullptr)
    return static_cast<int>(
        syscall(SYS_ppoll, fds, count, nullptr, mask, sizeof(uint64_t)));  // the kernel's sigset_t
  const int64_t span = limit->tv_sec * kSecond + limit->tv_nsec;
  now_ns.fetch_add(std::max(span, shortest_sleep_ns.load()));
  for (nfds_t i = 0; i < count; ++i) fds[i].revents = 0;
  return 0;
}
