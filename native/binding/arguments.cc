#include "binding/arguments.h"

#include <algorithm>

#include "binding/js.h"
#include "util/error.h"

namespace pmd::binding {

namespace {

[[noreturn]] void refuse(const char* name, const std::string& wanted) {
  throw Error(ErrorCode::kInvalidArgument, std::string(name) + " is not " + wanted, "pass " + wanted);
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = values_.size();  // what was not passed is undefined
  check(napi_get_cb_info(env, info, &count, values_.data(), nullptr, &data_));
}

napi_valuetype Arguments::type(size_t at) const {
  napi_valuetype type;
  check(napi_typeof(env_, values_.at(at), &type));
  return type;
}

bool Arguments::is_given(size_t at) const {
  return type(at) != napi_undefined;
}

double Arguments::number(size_t at, const char* name) const {
  if (type(at) != napi_number) refuse(name, "a number");
  double value;
  check(napi_get_value_double(env_, values_[at], &value));
  return value;
}

uint32_t Arguments::integer(size_t at, const char* name, uint32_t least, uint32_t most) const {
  const double value = type(at) == napi_number ? number(at, name) : -1;
  if (value >= least && value <= most && value == static_cast<uint32_t>(value))
    return static_cast<uint32_t>(value);
  refuse(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
}

bool Arguments::boolean(size_t at, const char* name) const {
  if (type(at) != napi_boolean) refuse(name, "true or false");
  bool value;
  check(napi_get_value_bool(env_, values_[at], &value));
  return value;
}

std::string Arguments::text(size_t at, const char* name) const {
  size_t length = kMaxText + 1;
  if (type(at) == napi_string) check(napi_get_value_string_utf8(env_, values_[at], nullptr, 0, &length));
  if (length > kMaxText) refuse(name, "a string of at most " + std::to_string(kMaxText) + " bytes");
  std::string value(length, '\0');
  check(napi_get_value_string_utf8(env_, values_[at], value.data(), length + 1, &length));
  return value;
}

napi_value Arguments::function(size_t at, const char* name) const {
  if (type(at) != napi_function) refuse(name, "a function");
  return values_[at];
}

MacAddress Arguments::mac(size_t at, const char* name) const {
  const std::vector<MacAddress> addresses = macs(at, name, 1);
  if (addresses.empty()) refuse(name, "a MAC address");
  return addresses[0];
}

std::vector<MacAddress> Arguments::macs(size_t at, const char* name, size_t most) const {
  constexpr size_t kBytes = sizeof(MacAddress);
  bool is_array = false;
  check(napi_is_typedarray(env_, values_.at(at), &is_array));
  napi_typedarray_type type = napi_float64_array;
  size_t length = 0;
  void* data = nullptr;
  if (is_array) check(napi_get_typedarray_info(env_, values_[at], &type, &length, &data, nullptr, nullptr));
  if (type != napi_uint8_array || length % kBytes != 0 || length / kBytes > most)
    refuse(name, "a Uint8Array of at most " + std::to_string(most) + " MAC addresses");
  std::vector<MacAddress> addresses(length / kBytes);
  const auto* bytes = static_cast<const uint8_t*>(data);
  for (MacAddress& address : addresses) {
    std::copy_n(bytes, kBytes, address.begin());
    bytes += kBytes;
  }
  return addresses;
}

}  // namespace pmd::binding
