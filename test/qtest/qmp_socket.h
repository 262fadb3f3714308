#pragma once

#include <string>

#include "util/unique_fd.h"

namespace pmd::qtest {

/// QEMU's monitor, as far as a test needs it. One thread at a time.
class QmpSocket {
 public:
  /// Waits for the greeting. Throws std::runtime_error.
  explicit QmpSocket(UniqueFd fd);
  /// Throws std::runtime_error with QEMU's answer when it refuses.
  void execute(const std::string& command_json);

 private:
  std::string read_line();

  UniqueFd fd_;
  std::string buffered_;
};

}  // namespace pmd::qtest
