#include "expect.h"

#include <filesystem>
#include <thread>

#include "util/clock.h"

namespace pmd::conformance {

namespace {
constexpr std::chrono::microseconds kPause{50};
}

Failure::Failure(const std::string& what, std::source_location where)
    : std::runtime_error(what + " (" + std::filesystem::path(where.file_name()).filename().string() + ":" +
                         std::to_string(where.line()) + ")") {}

void expect(bool holds, std::string_view what, std::source_location where) {
  if (!holds) throw Failure("not so: " + std::string(what), where);
}

Error expect_error(ErrorCode code, const std::function<void()>& action, std::string_view what,
                   std::source_location where) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code == code) return error;
    throw Failure(std::string(what) + ": " + std::string(error_name(error.code)) + " (" + error.what() +
                      "), and not " + std::string(error_name(code)),
                  where);
  }
  throw Failure(std::string(what) + ": no error, and not " + std::string(error_name(code)), where);
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  auto deadline = Deadline::in(limit);
  while (!holds()) {
    if (deadline.passed()) return holds();
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace pmd::conformance
