#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// lockFile(fd, done): waits until this process alone has the lock of an open file, which ends with the
/// descriptor: also when the process is killed.
napi_value lock_file(Call& call);

}  // namespace pmd::binding
