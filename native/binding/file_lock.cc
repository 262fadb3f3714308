#include "binding/file_lock.h"

#include <sys/file.h>

#include <cerrno>

#include "binding/async_op.h"

namespace pmd::binding {

namespace {

struct Locked {};

Locked lock(int fd) {
  while (flock(fd, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    throw Error(ErrorCode::kAccess, "cannot lock the file: " + errno_text(errno),
                "use a file system that has locks, such as a tmpfs")
        .from("flock", errno);
  }
  return {};
}

}  // namespace

napi_value lock_file(Call& call) {
  const int fd = static_cast<int>(call.arguments.integer(0, "fd"));
  AsyncOp<Locked>::start(
      call.js, "pmd:lockFile", Completion(call.env, call.arguments.function(1, "done")),
      [fd] { return lock(fd); }, [](Js js, Locked&) { return js.undefined(); });
  return call.js.undefined();
}

}  // namespace pmd::binding
