#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "emulation/net/engine.h"
#include "util/aside.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/eventfd.h"
#include "util/masked_thread.h"

using pmd::Error;
using pmd::ErrorCode;

namespace {

/// While it lives the process may open no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

/// While it lives no thread can start: each would need a stack larger than the address space.
class NoThreads {
 public:
  NoThreads() {
    pthread_attr_init(&before_);
    pthread_getattr_default_np(&before_);
    pthread_attr_t endless;
    pthread_attr_init(&endless);
    pthread_attr_setstacksize(&endless, size_t{1} << 60);
    if (pthread_setattr_default_np(&endless) != 0) check::fail(__FILE__, __LINE__, "no such stack size");
    pthread_attr_destroy(&endless);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};

std::vector<int> blocked_signals() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::vector<int> blocked;
  for (int signal = 1; signal < NSIG; ++signal)
    if (sigismember(&mask, signal) == 1) blocked.push_back(signal);
  return blocked;
}

bool names(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Device final : pmd::emulation::Steppable {
  uint32_t step(uint32_t, uint64_t) noexcept override { return 0; }
  uint64_t next_event() noexcept override { return pmd::emulation::kNever; }
};

}  // namespace

TEST(an_eventfd_is_readable_while_it_is_signalled) {
  const pmd::UniqueFd fd = pmd::make_eventfd();
  uint64_t count = 0;
  CHECK_EQ(read(fd.get(), &count, sizeof(count)), -1);
  pmd::signal_eventfd(fd.get());
  pmd::signal_eventfd(fd.get());
  CHECK_EQ(read(fd.get(), &count, sizeof(count)), ssize_t{sizeof(count)});
  CHECK_EQ(count, 2u);
  pmd::signal_eventfd(fd.get());
  pmd::drain_eventfd(fd.get());
  CHECK_EQ(read(fd.get(), &count, sizeof(count)), -1);
}

TEST(a_deadline_lets_the_held_up_look_again) {
  using namespace std::chrono_literals;
  auto deadline = pmd::Deadline::in(4ms);
  for (int look = 0; look < 3; ++look) {
    std::this_thread::sleep_for(5ms);
    CHECK(!deadline.passed());
  }
  std::this_thread::sleep_for(5ms);
  CHECK(deadline.passed());
}

TEST(a_deadline_passes_for_those_who_look_all_the_time_and_not_before) {
  using namespace std::chrono_literals;
  const auto begin = pmd::Clock::now();
  auto deadline = pmd::Deadline::in(20ms);
  while (!deadline.passed()) continue;
  CHECK(pmd::Clock::now() - begin >= 20ms);
}

TEST(an_eventfd_too_many_names_the_limit_of_descriptors) {
  const NoDescriptors none;
  CHECK_THROWS(pmd::make_eventfd(), Error,
               error.code == ErrorCode::kDescriptors && error.sys_errno == EMFILE &&
                   error.syscall == "eventfd" && names(error.hint, "ulimit -n"));
}

TEST(a_masked_thread_blocks_all_signals_and_its_starter_none_more) {
  const auto before = blocked_signals();
  std::vector<int> blocked;
  std::string name(16, '\0');
  pmd::start_masked_thread("pmd-test", [&] {
    blocked = blocked_signals();
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  CHECK_EQ(name.c_str(), std::string("pmd-test"));
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGALRM, SIGHUP})
    CHECK(std::find(blocked.begin(), blocked.end(), signal) != blocked.end());
  CHECK(blocked_signals() == before);
}

TEST(a_thread_too_many_names_the_limits_and_leaves_the_signal_mask) {
  const auto before = blocked_signals();
  {
    const NoThreads none;
    CHECK_THROWS(pmd::start_masked_thread("pmd-test", [] {}), Error,
                 error.code == ErrorCode::kThreads && error.sys_errno == EAGAIN &&
                     error.syscall == "pthread_create" && names(error.what(), "pmd-test") &&
                     names(error.hint, "ulimit -u") && names(error.hint, "pids.max"));
    CHECK(blocked_signals() == before);
  }
  pmd::start_masked_thread("pmd-test", [] {}).join();
}

TEST(work_set_aside_is_done_by_the_caller_where_no_thread_starts) {
  const NoThreads none;
  std::thread::id worker;
  pmd::run_aside([&] { worker = std::this_thread::get_id(); });
  CHECK(worker == std::this_thread::get_id());
}

TEST(the_engine_takes_a_device_once_its_thread_can_start) {
  auto& engine = pmd::emulation::Engine::instance();
  Device device;
  {
    const NoThreads none;
    CHECK_THROWS(engine.add(device), Error, error.code == ErrorCode::kThreads);
  }
  engine.add(device);
  engine.remove(device);
}
