#include "binding/js.h"

#include <cstring>
#include <string>
#include <vector>

#include "util/error.h"

namespace pmd::binding {

napi_value Js::undefined() const {
  napi_value result;
  check(napi_get_undefined(env_, &result));
  return result;
}

napi_value Js::null() const {
  napi_value result;
  check(napi_get_null(env_, &result));
  return result;
}

napi_value Js::boolean(bool value) const {
  napi_value result;
  check(napi_get_boolean(env_, value, &result));
  return result;
}

napi_value Js::number(double value) const {
  napi_value result;
  check(napi_create_double(env_, value, &result));
  return result;
}

napi_value Js::text(std::string_view value) const {
  napi_value result;
  check(napi_create_string_utf8(env_, value.data(), value.size(), &result));
  return result;
}

napi_value Js::bytes(std::span<const uint8_t> values) const {
  void* data;
  napi_value buffer, result;
  check(napi_create_arraybuffer(env_, values.size(), &data, &buffer));
  std::memcpy(data, values.data(), values.size());
  check(napi_create_typedarray(env_, napi_uint8_array, values.size(), buffer, 0, &result));
  return result;
}

napi_value Js::object(std::span<const Property> properties) const {
  napi_value result;
  check(napi_create_object(env_, &result));
  define(result, properties);
  return result;
}

napi_value Js::array(std::span<const napi_value> values) const {
  napi_value result;
  check(napi_create_array_with_length(env_, values.size(), &result));
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string index = std::to_string(i);
    const Property element{index.c_str(), values[i]};
    define(result, std::span(&element, 1));
  }
  return result;
}

napi_value Js::function(const char* name, napi_callback callback, void* data) const {
  napi_value result;
  check(napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, data, &result));
  return result;
}

napi_value Js::memory(void* data, size_t size, napi_finalize finalize, void* hint) const {
  napi_value result;
  const napi_status status = napi_create_external_arraybuffer(env_, data, size, finalize, hint, &result);
  if (status == napi_no_external_buffers_allowed)
    throw Error(ErrorCode::kInternal,
                "this JavaScript runtime allows no external memory, which zero copy needs",
                "run under Node.js itself; Electron and other runtimes with a memory cage can't be used");
  check(status);
  return result;
}

void Js::define(napi_value object, std::span<const Property> properties) const {
  constexpr auto kAsAssigned =
      static_cast<napi_property_attributes>(napi_writable | napi_enumerable | napi_configurable);
  std::vector<napi_property_descriptor> descriptors;
  descriptors.reserve(properties.size());
  for (const auto& [name, value] : properties)
    descriptors.push_back({.utf8name = name,
                           .name = nullptr,
                           .method = nullptr,
                           .getter = nullptr,
                           .setter = nullptr,
                           .value = value,
                           .attributes = kAsAssigned,
                           .data = nullptr});
  check(napi_define_properties(env_, object, descriptors.size(), descriptors.data()));
}

}  // namespace pmd::binding
