#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// createHeaders(capacity) -> {handle, block, columns}
napi_value create_headers(Call& call);

/// Parses a burst's frames. The call block has the handles of the burst and of the headers.
napi_value parse_headers_of_burst(napi_env env, napi_callback_info info);

}  // namespace pmd::binding
