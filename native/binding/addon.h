#pragma once

#include <napi.h>

namespace pmd::binding {

/// Fills the exports of one environment, which module.cc hands in when it loads the addon. Throws Error.
Napi::Object initialize(Napi::Env env, Napi::Object exports);

}  // namespace pmd::binding
