#include "util/aside.h"

#include <pthread.h>
#include <signal.h>

#include <exception>
#include <thread>

namespace pmd {

void run_aside(const std::function<void()>& work) noexcept {
  // Signals are the main thread's: no other must run Node's handlers.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = false;
  try {
    std::thread([work] {
      pthread_setname_np(pthread_self(), "pmd-aside");
      work();
    }).detach();
    started = true;
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started) work();
}

}  // namespace pmd
