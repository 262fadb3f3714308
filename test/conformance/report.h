#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pmd::conformance {

enum class Outcome { kPass, kFail, kNotApplicable };

struct Result {
  std::string scenario;
  Outcome outcome = Outcome::kPass;
  std::string reason;
  double milliseconds = 0;
};

std::string_view name_of(Outcome outcome);

/// {"bus": …, "device": …, "results": [{"scenario": …, "outcome": "pass", "reason": …, "ms": …}]}
/// Throws std::runtime_error when the file can't be written.
void write_json(const std::string& file, std::string_view bus, const std::string& device,
                const std::vector<Result>& results);

}  // namespace pmd::conformance
