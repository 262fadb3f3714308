#include "binding/js.h"

#include <cstring>
#include <string>
#include <vector>

#include "util/error.h"

namespace pmd::binding {

Napi::Value Js::bytes(std::span<const uint8_t> values) const {
  void* data;
  napi_value buffer, result;
  check(napi_create_arraybuffer(env_, values.size(), &data, &buffer));
  std::memcpy(data, values.data(), values.size());
  check(napi_create_typedarray(env_, napi_uint8_array, values.size(), buffer, 0, &result));
  return value(result);
}

Napi::Value Js::object(std::span<const Property> properties) const {
  const auto result = Napi::Object::New(env_);
  define(result, properties);
  return result;
}

Napi::Value Js::array(std::span<const napi_value> values) const {
  const auto result = Napi::Array::New(env_, values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string index = std::to_string(i);
    const Property element{index.c_str(), values[i]};
    define(result, std::span(&element, 1));
  }
  return result;
}

Napi::Value Js::function(const char* name, napi_callback callback, void* data) const {
  napi_value result;
  check(napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, data, &result));
  return value(result);
}

Napi::Value Js::memory(void* data, size_t size, napi_finalize finalize, void* hint) const {
  napi_value result;
  const napi_status status = napi_create_external_arraybuffer(env_, data, size, finalize, hint, &result);
  if (status == napi_no_external_buffers_allowed)
    throw Error(ErrorCode::kInternal,
                "this JavaScript runtime allows no external memory, which zero copy needs",
                "run under Node.js itself; Electron and other runtimes with a memory cage can't be used");
  check(status);
  return value(result);
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
