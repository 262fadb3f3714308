#include "binding/module.h"

#include "binding/addon.h"

NAPI_MODULE_INIT() {
  return pmd::binding::load(env, exports, pmd::binding::initialize);
}
