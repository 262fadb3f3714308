#pragma once

#include <node_api.h>

namespace pmd::binding {

/// Fills the exports of one environment, which module.cc hands in when it loads the addon. Throws Error,
/// Stopped.
void initialize(napi_env env, napi_value exports);

}  // namespace pmd::binding
