#include "watchdog.h"

#include <unistd.h>

#include <cstdio>

namespace pmd::conformance {

Watchdog::Watchdog(std::chrono::milliseconds limit) : limit_(limit), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::begin(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    what_ = what;
    ++generation_;
  }
  changed_.notify_all();
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const uint64_t seen = generation_;
    const auto moved = [&] { return stopping_ || generation_ != seen; };
    if (changed_.wait_for(lock, limit_, moved)) continue;
    std::fprintf(stderr, "HUNG: %s took more than %lld ms\n", what_.c_str(),
                 static_cast<long long>(limit_.count()));
    std::fflush(nullptr);
    _exit(1);
  }
}

}  // namespace pmd::conformance
