#pragma once

#include <cstdint>

#include "port/burst.h"

namespace pmd {

/// Checks what the device has not: the checksums of a burst's frames that have no verdict in their status get
/// one, and frames that it has not named get their kinds. Returns how many entries there are, or a Refusal:
/// then `bad_entry` is the entry, and those before it are done.
int32_t verify_checksums(const Burst& burst, uint32_t& bad_entry) noexcept;

}  // namespace pmd
