#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace pmd {

/// Readers of a queue that sleep, to be woken when there may be something for them. Any thread.
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
  void wake_all() { wake_others(nullptr); }
  /// All but this one.
  void wake_others(const void* one) {
    std::vector<std::function<void()>> waiters;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [who, wake] : waiters_)
        if (who != one) waiters.push_back(wake);
    }
    for (const auto& wake : waiters) wake();
  }

 private:
  std::mutex mutex_;
  std::map<const void*, std::function<void()>> waiters_;
};

}  // namespace pmd
