#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace pmd {

/// Who sleeps until a queue may have frames. Any thread may add itself; all are woken at once, and forgotten.
class WaitList {
 public:
  void add(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(std::move(wake));
  }
  void wake_all() {
    std::vector<std::function<void()>> waiters;
    {
      const std::lock_guard lock(mutex_);
      waiters.swap(waiters_);
    }
    for (const auto& wake : waiters) wake();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> waiters_;
};

}  // namespace pmd
