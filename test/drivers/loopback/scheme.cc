#include <algorithm>
#include <string>

#include "loopback/driver.h"
#include "open/schemes.h"
#include "util/error.h"
#include "util/printable.h"

namespace pmd::loopback {

namespace {

constexpr std::string_view kPrefix = "loop:";

bool accepts(std::string_view address) {
  return address.starts_with(kPrefix);
}

bool is_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, plain);
}

Target find(std::string_view text) {
  const std::string address(text), name(text.substr(kPrefix.size()));
  if (!is_name(name))
    throw Error(ErrorCode::kAddress, '"' + printable(name) + "\" is no name for a cable",
                "use letters in lower case, digits, - and _");
  return {loop_capabilities(), [address, name] {
            auto device = std::make_unique<LoopDevice>(address, name);
            LoopDevice& open = *device;
            const auto make = [&open](const DriverSetup& setup) {
              return std::make_unique<LoopDriver>(open, setup);
            };
            return OpenDevice{std::move(device), open.memory(), make};
          }};
}

const bool registered = [] {
  add_scheme({"loop:NAME", "an end of a cable", accepts, find});
  return true;
}();

}  // namespace

}  // namespace pmd::loopback
