#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

// What every target is built from. A target defines LLVMFuzzerTestOneInput; libFuzzer calls it, or
// replay_main.cc does.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace fuzz {

/// The bytes that decide what happens. Once they are used up there are zeros.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(data, size) {}

  bool empty() const noexcept { return rest_.empty(); }
  uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  uint16_t half() noexcept { return static_cast<uint16_t>(byte() | byte() << 8); }
  uint32_t word() noexcept { return half() | static_cast<uint32_t>(half()) << 16; }
  uint32_t below(uint32_t limit) noexcept { return (limit > 256 ? half() : byte()) % limit; }
  bool flag() noexcept { return (byte() & 1) != 0; }

 private:
  std::span<const uint8_t> rest_;
};

/// Holds, or the input is a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace fuzz
