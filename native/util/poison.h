#pragma once

#include <cstddef>

// Memory that belongs to nobody, told to AddressSanitizer: it reports who touches it. Nothing in other
// builds.

#if defined(__SANITIZE_ADDRESS__)
#define PMD_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PMD_POISONS 1
#endif
#endif

#if defined(PMD_POISONS)
#include <sanitizer/asan_interface.h>
#endif

namespace pmd {

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) noexcept {
#if defined(PMD_POISONS)
  __asan_poison_memory_region(memory, size);
#endif
}

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) noexcept {
#if defined(PMD_POISONS)
  __asan_unpoison_memory_region(memory, size);
#endif
}

}  // namespace pmd
