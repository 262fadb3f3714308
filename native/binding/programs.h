#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// createHeaders(capacity) -> {handle, block, columns}
napi_value create_headers(Call& call);

/// compileFilter(expression) -> {words}, {refused} or {missing}: what became of an expression. Each
/// instruction is two words.
napi_value compile_filter_expression(Call& call);
/// createFilter(words) -> {handle, block}
napi_value create_filter(Call& call);

/// Parses a burst's frames. The call block has the handles of the burst and of the headers.
napi_value parse_headers_of_burst(napi_env env, napi_callback_info info);
/// The same of a filter.
napi_value match_filter(napi_env env, napi_callback_info info);
napi_value apply_filter(napi_env env, napi_callback_info info);

/// Gives verdicts to the checksums of a burst's frames that have none. The call block has the burst's handle.
napi_value verify_checksums_of_burst(napi_env env, napi_callback_info info);

}  // namespace pmd::binding
