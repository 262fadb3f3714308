#include "util/error.h"

#include <system_error>

namespace pmd {

namespace {
struct Entry {
  std::string_view name;
  std::string_view summary;
};
constexpr Entry kEntries[] = {
#define PMD_X(id, name, summary) {name, summary},
    PMD_ERROR_CODES(PMD_X)
#undef PMD_X
};
}  // namespace

std::string_view error_name(ErrorCode code) noexcept {
  return kEntries[static_cast<size_t>(code)].name;
}
std::string_view error_summary(ErrorCode code) noexcept {
  return kEntries[static_cast<size_t>(code)].summary;
}

std::string errno_text(int err) {
  return std::generic_category().message(err);
}

}  // namespace pmd
