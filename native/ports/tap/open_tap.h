#pragma once

#include "ports/tap/address.h"
#include "util/unique_fd.h"

namespace pmd::tap {

/// Creates the interface that an address names, or attaches to it. Throws as TapDevice does.
UniqueFd open_tap(const Address& address);

/// Whether the interface outlives the descriptor, and who may open it then, as the address says.
void set_persistence(int tap, const Address& address);

/// Has the kernel leave checksums and cutting to the port. A persistent interface keeps it so.
void enable_offloads(int tap);
void disable_offloads(int tap) noexcept;

}  // namespace pmd::tap
