#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pmd {

/// A port's address behind its scheme: what it names, then its options. Commas stand between them.
class AddressParts {
 public:
  /// `text` begins with `scheme`, and outlives this object.
  AddressParts(std::string_view text, std::string_view scheme);

  /// Up to the first comma; it may be empty.
  std::string_view name() const noexcept { return name_; }

  /// None when all options were taken. An option may be empty.
  std::optional<std::string_view> next_option() noexcept;

 private:
  std::string_view take() noexcept;

  std::string_view rest_;
  bool has_more_ = true;
  std::string_view name_;
};

/// ERR_PMD_ADDRESS; `hint` says what to write instead.
[[noreturn]] void fail_address(std::string_view text, const std::string& reason, const std::string& hint);
/// The option is none of this scheme's.
[[noreturn]] void fail_option(std::string_view text, std::string_view option, const std::string& hint);

}  // namespace pmd
