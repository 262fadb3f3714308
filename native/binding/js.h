#pragma once

#include <napi.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace pmd::binding {

/// The environment runs no more JavaScript: its worker is being terminated, or a script's time is up. That
/// may begin within any call. What was begun is undone then, and Node has the rest to say.
struct Stopped {};

/// For calls of Node-API itself: docs/decisions.md says which those are, and why.
inline void check(napi_status status) {
  if (status != napi_ok) [[unlikely]]
    throw Stopped{};
}

/// A property of an object that is made for JavaScript.
struct Property {
  const char* name;
  napi_value value;
};

/// Makes values for JavaScript. None of it runs JavaScript: properties are defined and not set, so no setter
/// is called that somebody gave to all objects. What may fail while the environment stops throws Stopped.
class Js {
 public:
  explicit Js(napi_env env) noexcept : env_(env) {}
  Napi::Env env() const noexcept { return env_; }

  Napi::Value undefined() const { return env_.Undefined(); }
  Napi::Value null() const { return env_.Null(); }
  Napi::Value boolean(bool value) const { return Napi::Boolean::New(env_, value); }
  Napi::Value number(double value) const { return Napi::Number::New(env_, value); }
  Napi::Value text(std::string_view value) const {
    return Napi::String::New(env_, value.data(), value.size());
  }
  /// A Uint8Array with a copy of the bytes.
  Napi::Value bytes(std::span<const uint8_t> values) const;
  Napi::Value object(std::span<const Property> properties) const;
  Napi::Value object(std::initializer_list<Property> properties) const {
    return object(std::span(properties.begin(), properties.size()));
  }
  Napi::Value array(std::span<const napi_value> values) const;
  Napi::Value function(const char* name, napi_callback callback, void* data) const;
  /// An ArrayBuffer over memory of ours; `finalize` gets `hint` when V8 has let go of it, but not when this
  /// throws. Throws Error(kInternal) where the runtime allows no such memory.
  Napi::Value memory(void* data, size_t size, napi_finalize finalize, void* hint) const;

  /// Writable, enumerable and configurable, as an assignment makes them.
  void define(napi_value object, std::span<const Property> properties) const;

 private:
  Napi::Value value(napi_value value) const noexcept { return Napi::Value(env_, value); }

  Napi::Env env_;
};

/// Keeps a value of JavaScript alive. Belongs to the thread of its environment.
using Reference = Napi::Reference<Napi::Value>;

inline Reference refer_to(Napi::Value value) {
  return Reference::New(value, 1);
}

}  // namespace pmd::binding
