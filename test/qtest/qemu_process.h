#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "util/unique_fd.h"

namespace pmd::qtest {

/// There is no QEMU here to test with; what() says what was looked for.
class NoQemu : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A QEMU program and what it needs in its environment when it was unpacked and not installed.
struct Qemu {
  std::string program;
  std::map<std::string, std::string> environment;
  std::string version;
};

/// $PMD_QEMU, else the host's own, else what the lab has unpacked into its cache: the first that is 9.0 or
/// newer (igb is in from 8.0, with fixes until 9.0). Throws NoQemu.
Qemu find_qemu();

/// A running QEMU. It dies with this process, whatever happens to it.
class QemuProcess {
 public:
  /// `fds` are inherited under the numbers that they have here. Throws std::runtime_error.
  QemuProcess(const Qemu& qemu, const std::vector<std::string>& arguments, const std::vector<int>& fds);
  ~QemuProcess();
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  /// What it wrote to its standard error so far.
  std::string complaints() const;

 private:
  pid_t pid_ = -1;
  UniqueFd errors_;
};

}  // namespace pmd::qtest
