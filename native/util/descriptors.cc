#include "util/descriptors.h"

namespace pmd {

Error descriptor_error(const std::string& what, const char* call, int err) {
  return Error(ErrorCode::kDescriptors, what + ": " + errno_text(err),
               err == ENFILE
                   ? "raise the system's limit of open files: sysctl fs.file-max"
                   : "raise the process's limit of descriptors (ulimit -n), or close what is not needed")
      .from(call, err);
}

}  // namespace pmd
