#pragma once

#include <chrono>
#include <cstdlib>

namespace pmd::test {

/// A limit that ends only what would otherwise wait for ever: longer on a slow or busy machine, by what
/// scripts/test.mjs has measured and says in PMD_SLOWNESS. Take many times what it takes at rest: a machine
/// may get busy later. No test's outcome depends on how long something took.
inline std::chrono::milliseconds limit(std::chrono::milliseconds at_rest) {
  const char* const text = std::getenv("PMD_SLOWNESS");
  const double slowness = text == nullptr ? 1 : std::strtod(text, nullptr);
  return std::chrono::duration_cast<std::chrono::milliseconds>(at_rest * (slowness > 1 ? slowness : 1));
}

}  // namespace pmd::test
