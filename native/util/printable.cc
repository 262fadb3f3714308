#include "util/printable.h"

#include <array>
#include <cstdio>

namespace pmd {

namespace {
/// More than this of a malformed text tells nobody anything.
constexpr size_t kShownLength = 160;
}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (result.size() >= kShownLength) return result + "...";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      result += c;
    } else {
      std::array<char, 5> escaped;
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
      result += escaped.data();
    }
  }
  return result;
}

}  // namespace pmd
