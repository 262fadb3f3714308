#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// layout() -> {callBlock, header, columns, rxFlags, txRequests, refusals, limits, dataRooms, strides}: every
/// number that TypeScript has as a constant, for the compiler's sake. A test compares them, name by name.
napi_value layout(Call& call);

}  // namespace pmd::binding
