#include "util/address_parts.h"

#include "util/error.h"
#include "util/printable.h"

namespace pmd {

AddressParts::AddressParts(std::string_view text, std::string_view scheme)
    : rest_(text.substr(scheme.size())), name_(take()) {}

std::optional<std::string_view> AddressParts::next_option() noexcept {
  if (!has_more_) return std::nullopt;
  return take();
}

std::string_view AddressParts::take() noexcept {
  const size_t comma = rest_.find(',');
  has_more_ = comma != std::string_view::npos;
  const std::string_view part = rest_.substr(0, comma);
  rest_ = has_more_ ? rest_.substr(comma + 1) : std::string_view();
  return part;
}

void fail_address(std::string_view text, const std::string& reason, const std::string& hint) {
  const std::string shown = printable(text);
  throw Error(ErrorCode::kAddress, "bad address \"" + shown + "\": " + reason, hint).at(shown);
}

void fail_option(std::string_view text, std::string_view option, const std::string& hint) {
  fail_address(text, "it has no option \"" + printable(option) + '"', hint);
}

}  // namespace pmd
