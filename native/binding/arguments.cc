#include "binding/arguments.h"

#include <algorithm>
#include <cstdint>

#include "util/error.h"

namespace pmd::binding {

namespace {

[[noreturn]] void refuse(const char* name, const std::string& wanted) {
  throw Error(ErrorCode::kInvalidArgument, std::string(name) + " is not " + wanted, "pass " + wanted);
}

}  // namespace

double Arguments::number(size_t at, const char* name) const {
  const Napi::Value value = info_[at];
  if (!value.IsNumber()) refuse(name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

uint32_t Arguments::integer(size_t at, const char* name, uint32_t least, uint32_t most) const {
  const double value = info_[at].IsNumber() ? number(at, name) : -1;
  if (value >= least && value <= most && value == static_cast<uint32_t>(value))
    return static_cast<uint32_t>(value);
  refuse(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
}

bool Arguments::boolean(size_t at, const char* name) const {
  const Napi::Value value = info_[at];
  if (!value.IsBoolean()) refuse(name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string Arguments::text(size_t at, const char* name, size_t most) const {
  const Napi::Value value = info_[at];
  std::string text(most + 1, '\0');
  if (value.IsString()) text = value.As<Napi::String>().Utf8Value();
  if (text.size() > most) refuse(name, "a string of at most " + std::to_string(most) + " bytes");
  return text;
}

Napi::Function Arguments::function(size_t at, const char* name) const {
  const Napi::Value value = info_[at];
  if (!value.IsFunction()) refuse(name, "a function");
  return value.As<Napi::Function>();
}

std::vector<uint32_t> Arguments::words(size_t at, const char* name, size_t most) const {
  const Napi::Value value = info_[at];
  const bool is_words =
      value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array;
  const size_t length = is_words ? value.As<Napi::TypedArray>().ElementLength() : SIZE_MAX;
  if (length > most) refuse(name, "a Uint32Array of at most " + std::to_string(most) + " words");
  const uint32_t* const words = value.As<Napi::Uint32Array>().Data();
  return {words, words + length};
}

std::span<std::byte> Arguments::memory(size_t at, const char* name) const {
  const Napi::Value value = info_[at];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    refuse(name, "a Uint8Array");
  // The array may show a SharedArrayBuffer. Node-API has no type for that, but gives its address.
  return std::as_writable_bytes(
      std::span(value.As<Napi::Uint8Array>().Data(), value.As<Napi::TypedArray>().ByteLength()));
}

napi_value Arguments::object(size_t at, const char* name) const {
  const Napi::Value value = info_[at];
  if (!value.IsObject()) refuse(name, "an object");
  return value;
}

MacAddress Arguments::mac(size_t at, const char* name) const {
  const std::vector<MacAddress> addresses = macs(at, name, 1);
  if (addresses.empty()) refuse(name, "a MAC address");
  return addresses[0];
}

std::vector<MacAddress> Arguments::macs(size_t at, const char* name, size_t most) const {
  constexpr size_t kBytes = sizeof(MacAddress);
  const Napi::Value value = info_[at];
  const bool is_bytes =
      value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  const size_t length = is_bytes ? value.As<Napi::TypedArray>().ByteLength() : SIZE_MAX;
  if (length % kBytes != 0 || length / kBytes > most)
    refuse(name, "a Uint8Array of at most " + std::to_string(most) + " MAC addresses");
  std::vector<MacAddress> addresses(length / kBytes);
  const uint8_t* bytes = value.As<Napi::Uint8Array>().Data();
  for (MacAddress& address : addresses) {
    std::copy_n(bytes, kBytes, address.begin());
    bytes += kBytes;
  }
  return addresses;
}

}  // namespace pmd::binding
