#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// diagnose(address, root, bytes, done): what keeps this process from opening a PCI function; see
/// open/diagnose.h. `root` is "", or where the tree of another machine lies.
napi_value diagnose(Call& call);
/// supportedDevices() -> ["8086:10ca", …]: the PCI ids that drivers know.
napi_value supported_devices(Call& call);

}  // namespace pmd::binding
