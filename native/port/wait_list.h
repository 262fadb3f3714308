#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace pmd {

/// Who wants to be told when a queue may have frames, or anything else that a sleeping reader waits for. Any
/// thread.
class WaitList {
 public:
  /// `who` is the key to remove() it by.
  void add(const void* who, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    waiters_.insert_or_assign(who, std::move(wake));
  }
  /// It may be told once more by a call that is under way.
  void remove(const void* who) noexcept {
    const std::lock_guard lock(mutex_);
    waiters_.erase(who);
  }
  void wake_all() {
    std::vector<std::function<void()>> waiters;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [who, wake] : waiters_) waiters.push_back(wake);
    }
    for (const auto& wake : waiters) wake();
  }

 private:
  std::mutex mutex_;
  std::map<const void*, std::function<void()>> waiters_;
};

}  // namespace pmd
