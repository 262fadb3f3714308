#include "util/masked_thread.h"

#include <pthread.h>
#include <signal.h>

#include <string>
#include <system_error>
#include <utility>

#include "util/error.h"

namespace pmd {

namespace {

/// Blocks all signals of this thread while it lives. A new thread inherits the mask.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

std::thread start_masked_thread(const char* name, std::function<void()> work) {
  const BlockedSignals blocked;
  try {
    return std::thread([name, work = std::move(work)] {
      pthread_setname_np(pthread_self(), name);
      work();
    });
  } catch (const std::system_error& refused) {
    throw Error(
        ErrorCode::kThreads,
        std::string("cannot start the thread ") + name + ": " + errno_text(refused.code().value()),
        "raise the limit of threads: that of the user (ulimit -u), of the container or service (pids.max of "
        "its cgroup: docker run --pids-limit, systemd's TasksMax), or of the system (sysctl "
        "kernel.threads-max)")
        .from("pthread_create", refused.code().value());
  }
}

}  // namespace pmd
