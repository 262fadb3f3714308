#include "binding/addon.h"
#include "util/error.h"

static Napi::Object start(Napi::Env env, Napi::Object exports) {
  try {
    return pmd::binding::initialize(env, exports);
  } catch (const pmd::Error& error) {
    throw Napi::Error::New(env, error.what());
  }
}

NODE_API_MODULE(vfio_pmd, start)
