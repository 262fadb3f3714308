#include "emulation/net/address.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "util/address_parts.h"
#include "util/printable.h"

namespace pmd::emulation {

namespace {

constexpr std::string_view kScheme = "emu:";
constexpr size_t kMaxName = 32;
constexpr uint64_t kMaxRate = 100'000'000;
constexpr uint64_t kMaxDelayNs = 10'000'000'000;
constexpr const char* kForms =
    "emu:NAME[,rate=PPS][,delay=TIME] or emu:NAME,peer=flood[,size=N|A-B][,rate=PPS][,seed=N], for example "
    "emu:a, "
    "emu:a,rate=100k,delay=50us or emu:a,peer=flood,size=60-1514";

struct Unit {
  std::string_view suffix;
  uint64_t factor;
};
constexpr Unit kNoUnits[] = {{"", 1}};
constexpr Unit kRateUnits[] = {{"", 1}, {"k", 1'000}, {"M", 1'000'000}};
constexpr Unit kTimeUnits[] = {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { address_.text = text; }

  Address parse() {
    if (!text_.starts_with(kScheme)) fail("it does not begin with emu:");
    AddressParts parts(text_, kScheme);
    parse_name(parts.name());
    while (const auto option = parts.next_option()) parse_option(*option);
    check_combination();
    return address_;
  }

 private:
  [[noreturn]] void fail(const std::string& reason, const char* hint = nullptr) const {
    fail_address(text_, reason, hint ? hint : std::string("write ") + kForms);
  }

  void parse_name(std::string_view name) {
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '-';
    };
    if (name.empty() || name.size() > kMaxName || !std::all_of(name.begin(), name.end(), allowed)) {
      fail("the name must be 1 to 32 letters, digits, _ or -");
    }
    address_.name = name;
  }

  void parse_option(std::string_view option) {
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos) fail("\"" + printable(option) + "\" is not KEY=VALUE");
    const std::string_view key = option.substr(0, equals);
    const std::string_view value = option.substr(equals + 1);
    if (key == "fault") {
      address_.faults.emplace_back(value);
      return;
    }
    if (std::find(seen_.begin(), seen_.end(), key) != seen_.end())
      fail(std::string(key) + "= is given twice");
    if (key == "offloads") {
      if (value != "none") fail("offloads= takes none");
      address_.offloads = false;
    } else if (key == "peer") {
      if (value != "flood") fail("the only peer is flood");
      address_.flood = true;
    } else if (key == "size") {
      parse_size(value);
    } else if (key == "rate") {
      address_.rate = number("rate", value, kRateUnits, 1, kMaxRate);
    } else if (key == "delay") {
      address_.delay_ns = number("delay", value, kTimeUnits, 1, kMaxDelayNs);
    } else if (key == "seed") {
      address_.seed = number("seed", value, kNoUnits, 0, UINT64_MAX);
    } else {
      fail("there is no option \"" + printable(key) + "\"");
    }
    seen_.push_back(key);
  }

  void parse_size(std::string_view value) {
    const size_t dash = value.find('-');
    address_.min_size = address_.max_size = static_cast<uint32_t>(
        number("size", value.substr(0, dash), kNoUnits, kMinFrameOnWire, kMaxFloodFrame));
    if (dash == std::string_view::npos) return;
    address_.max_size = static_cast<uint32_t>(
        number("size", value.substr(dash + 1), kNoUnits, kMinFrameOnWire, kMaxFloodFrame));
    if (address_.max_size < address_.min_size) fail("size=A-B needs A <= B");
  }

  template <size_t N>
  uint64_t number(const char* key, std::string_view value, const Unit (&units)[N], uint64_t low,
                  uint64_t high) const {
    uint64_t digits = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), digits);
    const std::string_view suffix(end, static_cast<size_t>(value.data() + value.size() - end));
    const auto* unit =
        std::find_if(std::begin(units), std::end(units), [&](const Unit& u) { return u.suffix == suffix; });
    const bool parsed = problem == std::errc() && unit != std::end(units);
    // Divided, not multiplied: 2^64 must not wrap into range.
    if (!parsed || digits > high / unit->factor || digits * unit->factor < low) {
      std::string text = key;
      text.append("= takes a number from ")
          .append(std::to_string(low))
          .append(" to ")
          .append(std::to_string(high));
      if (N > 1) text.append(key == std::string_view("delay") ? " ns; units ns, us, ms, s" : "; units k, M");
      fail(text);
    }
    return digits * unit->factor;
  }

  bool saw(std::string_view key) const { return std::find(seen_.begin(), seen_.end(), key) != seen_.end(); }

  void check_combination() const {
    if (address_.flood) {
      if (saw("delay")) fail("delay= shapes a wire between two ports", "leave delay= out with peer=flood");
      return;
    }
    if (saw("size")) fail("size= is what a peer sends", "add peer=flood, or leave size= out");
    if (saw("seed")) fail("seed= is what a peer sends", "add peer=flood, or leave seed= out");
  }

  std::string_view text_;
  Address address_;
  std::vector<std::string_view> seen_;
};

}  // namespace

Address parse_address(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace pmd::emulation
