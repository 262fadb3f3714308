#pragma once

#include <chrono>
#include <functional>
#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/limits.h"
#include "util/error.h"

namespace pmd::conformance {

/// A scenario's demand was not met.
class Failure : public std::runtime_error {
 public:
  Failure(const std::string& what, std::source_location where);
};

/// This bus can't show it; what() says why.
class NotApplicable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void expect(bool holds, std::string_view what, std::source_location where = std::source_location::current());

template <typename T>
std::string shown(const T& value) {
  std::ostringstream text;
  if constexpr (std::is_enum_v<T>)
    text << static_cast<long long>(value);
  else if constexpr (std::is_integral_v<T>)
    text << +value;
  else
    text << value;
  return text.str();
}

template <typename Actual, typename Expected>
void expect_equal(const Actual& actual, const Expected& expected, std::string_view what,
                  std::source_location where = std::source_location::current()) {
  if (actual == static_cast<Actual>(expected)) return;
  throw Failure(
      std::string(what) + ": " + shown(actual) + ", and not " + shown(static_cast<Actual>(expected)), where);
}

/// Runs `action`, which must throw an Error of this code; returns it.
Error expect_error(ErrorCode code, const std::function<void()>& action, std::string_view what,
                   std::source_location where = std::source_location::current());

inline const std::chrono::milliseconds kPatience = test::limit(std::chrono::seconds(60));

/// Waits until `holds` does. False when the time is up.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit = kPatience);

}  // namespace pmd::conformance
