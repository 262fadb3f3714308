#include "ports/pcap/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "util/descriptors.h"
#include "util/error.h"

namespace pmd::pcap {

namespace {

Error open_error(const std::string& path, int err) {
  if (lacks_descriptor(err)) return descriptor_error("cannot open " + path, "open", err);
  const bool forbidden = err == EACCES || err == EPERM || err == EROFS;
  const char* const hint = forbidden       ? "give the user the right to it, or name another file"
                           : err == ENOENT ? "write its path as seen from the program's working directory"
                                           : "name another file";
  return Error(forbidden ? ErrorCode::kAccess : ErrorCode::kCaptureFile,
               path + ": cannot be opened: " + errno_text(err), hint)
      .from("open", err);
}

/// `lock`: LOCK_SH or LOCK_EX. A file system without locks has none to respect.
UniqueFd open_file(const std::string& path, int flags, int lock) {
  // A pipe would keep the caller waiting.
  UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666));
  if (!fd) throw open_error(path, errno);
  struct stat status;
  if (fstat(fd.get(), &status) < 0) throw open_error(path, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorCode::kCaptureFile, path + " is no regular file",
                "name a file on a disk; pmd-bench capture and replay take pipes");
  if (flock(fd.get(), lock | LOCK_NB) < 0 && errno == EWOULDBLOCK)
    throw Error(ErrorCode::kBusy, path + " is being " + (lock == LOCK_SH ? "written" : "read or written"),
                "close the port that has it, or name another file")
        .from("flock", EWOULDBLOCK);
  return fd;
}

}  // namespace

UniqueFd open_to_read(const std::string& path) {
  return open_file(path, O_RDONLY, LOCK_SH);
}

UniqueFd open_to_write(const std::string& path) {
  UniqueFd fd = open_file(path, O_WRONLY | O_CREAT, LOCK_EX);
  if (ftruncate(fd.get(), 0) < 0)
    throw Error(ErrorCode::kCaptureFile, path + ": cannot be emptied: " + errno_text(errno),
                "name another file")
        .from("ftruncate", errno);
  return fd;
}

}  // namespace pmd::pcap
