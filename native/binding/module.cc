#include "binding/module.h"

#include "binding/addon.h"

namespace {

constexpr auto load = pmd::binding::load<pmd::binding::initialize>;

}  // namespace

NODE_API_MODULE(vfio_pmd, load)
