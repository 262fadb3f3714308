#pragma once

#include <cstddef>

namespace pmd {

/// Gives whole pages back to the system and leaves pages of zeros in their place, which need memory only when
/// somebody writes to them. Nobody who looks at the addresses finds them unmapped.
void replace_by_zeros(void* pages, size_t size) noexcept;

}  // namespace pmd
