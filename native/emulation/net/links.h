#pragma once

#include <memory>

#include "emulation/net/address.h"
#include "emulation/net/link.h"

namespace pmd::emulation {

/// Opens the link that an address asks for: an end of the wire NAME, or a flood peer, which takes both ends.
/// Throws Error(kBusy) for a third port of one NAME, and Error(kAddress) for a second one whose rate= or
/// delay= differ from the first one's.
std::unique_ptr<Link> open_link(const Address& address);

}  // namespace pmd::emulation
