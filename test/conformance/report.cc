#include "report.h"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace pmd::conformance {

namespace {
std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", c);
      json += escape;
    } else {
      json += c;
    }
  }
  return json + '"';
}
}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kFail:
      return "FAIL";
    default:
      return "n/a";
  }
}

void write_json(const std::string& file, std::string_view bus, const std::string& device,
                const std::vector<Result>& results) {
  std::ofstream out(file);
  out << "{\"bus\": " << quoted(bus) << ", \"device\": " << quoted(device) << ", \"results\": [";
  const char* separator = "\n  ";
  for (const Result& result : results) {
    out << separator << "{\"scenario\": " << quoted(result.scenario)
        << ", \"outcome\": " << quoted(name_of(result.outcome)) << ", \"reason\": " << quoted(result.reason)
        << ", \"ms\": " << result.milliseconds << '}';
    separator = ",\n  ";
  }
  out << "\n]}\n";
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file);
}

}  // namespace pmd::conformance
