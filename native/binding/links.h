#pragma once

#include "binding/bridge.h"

namespace pmd::binding {

/// listLinks(done): the interfaces of this network namespace, and the virtual functions of those that have
/// some.
napi_value list_links(Call& call);
/// listUses(done): addresses and routes of this network namespace.
napi_value list_uses(Call& call);

}  // namespace pmd::binding
