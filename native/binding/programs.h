#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// createHeaders(capacity) -> {handle, block, columns}
napi_value create_headers(Call& call);

/// Of the burst and the headers whose handles are in the call block.
napi_value parse_headers_of_burst(napi_env env, napi_callback_info info);

}  // namespace pmd::binding
