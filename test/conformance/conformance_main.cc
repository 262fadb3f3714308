#include <cstdio>
#include <exception>

#include "options.h"
#include "report.h"
#include "scenario.h"
#include "support/limits.h"
#include "util/clock.h"
#include "watchdog.h"

// conformance --bus=emulation|qtest|vfio [--list] [--only=TEXT] [--json FILE]
// Runs the scenarios whose names contain TEXT, one line each. Exit status: 0, 1 when one failed, 77 when the
// bus is not to be had here.

namespace pmd::conformance {

namespace {

/// Many waits fit into it, each of which ends with a reason of its own.
const std::chrono::milliseconds kScenarioLimit = test::limit(std::chrono::minutes(5));

Result run(Rig& rig, const Scenario& scenario) {
  Result result;
  result.scenario = scenario.full_name();
  const auto begin = Clock::now();
  try {
    rig.fresh();
    Bench bench(rig);
    scenario.run(bench);
    bench.finish();
  } catch (const NotApplicable& reason) {
    result.outcome = Outcome::kNotApplicable;
    result.reason = reason.what();
  } catch (const std::exception& failure) {
    result.outcome = Outcome::kFail;
    result.reason = failure.what();
  }
  result.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  return result;
}

int list() {
  for (const Scenario& scenario : scenarios()) std::printf("%s\n", scenario.full_name().c_str());
  return 0;
}

int run_all(Rig& rig, const std::string& only, const std::optional<std::string>& json) {
  std::printf("%s: %s\n", std::string(rig.bus()).c_str(), rig.description().c_str());
  if (json) std::remove(json->c_str());  // what an earlier run left says nothing of one that dies
  std::vector<Result> results;
  unsigned counts[3] = {};
  Watchdog watchdog(kScenarioLimit);
  for (const Scenario& scenario : scenarios()) {
    if (scenario.full_name().find(only) == std::string::npos) continue;
    watchdog.begin(scenario.full_name());
    results.push_back(run(rig, scenario));
    const Result& result = results.back();
    ++counts[static_cast<int>(result.outcome)];
    std::printf("%-4s %-44s %6.0f ms  %s\n", std::string(name_of(result.outcome)).c_str(),
                result.scenario.c_str(), result.milliseconds, result.reason.c_str());
    std::fflush(stdout);
  }
  for (const Result& result : results)
    if (result.outcome == Outcome::kNotApplicable)
      std::printf("skipped: %s [%s]\n", result.scenario.c_str(), result.reason.c_str());
  for (const Result& result : results)
    if (result.outcome == Outcome::kFail)
      std::printf("failed: %s [%s]\n", result.scenario.c_str(), result.reason.c_str());
  std::printf("%u passed, %u failed, %u skipped\n", counts[0], counts[1], counts[2]);
  if (json) write_json(*json, rig.bus(), rig.description(), results);
  return counts[1] == 0 && !results.empty() ? 0 : 1;
}

}  // namespace

}  // namespace pmd::conformance

int main(int count, char** arguments) {
  using namespace pmd::conformance;
  try {
    if (flag(count, arguments, "list")) return list();
    const auto rig = make_rig(option(count, arguments, "bus").value_or("emulation"));
    if (!rig) return kSkipped;
    return run_all(*rig, option(count, arguments, "only").value_or(""), option(count, arguments, "json"));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "conformance: %s\n", error.what());
    return 1;
  }
}
