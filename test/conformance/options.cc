#include "options.h"

#include <cstdio>
#include <stdexcept>

#include "expect.h"
#include "qtest/qemu_process.h"

namespace pmd::conformance {

std::optional<std::string> option(int count, char** arguments, std::string_view name) {
  const std::string with_value = "--" + std::string(name) + "=";
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with(with_value)) return std::string(argument.substr(with_value.size()));
    if (argument == std::string_view(with_value).substr(0, with_value.size() - 1) && i + 1 < count)
      return std::string(arguments[i + 1]);
  }
  return std::nullopt;
}

bool flag(int count, char** arguments, std::string_view name) {
  for (int i = 1; i < count; ++i)
    if (std::string_view(arguments[i]) == "--" + std::string(name)) return true;
  return false;
}

std::unique_ptr<Rig> make_rig(const std::string& bus) {
  try {
    if (bus == "emulation") return make_emulation_rig();
    if (bus == "qtest") return make_qtest_rig();
    if (bus == "vfio") return make_guest_rig();
  } catch (const qtest::NoQemu& reason) {
    std::printf("skipped: %s [%s]\n", bus.c_str(), reason.what());
    return nullptr;
  } catch (const NotApplicable& reason) {
    std::printf("skipped: %s [%s]\n", bus.c_str(), reason.what());
    return nullptr;
  }
  throw std::invalid_argument("--bus=emulation|qtest|vfio, and not \"" + bus + '"');
}

}  // namespace pmd::conformance
