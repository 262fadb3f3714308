#pragma once

#include <node_api.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace pmd::binding {

/// The environment runs no more JavaScript: its worker is being terminated, or a script's time is up. That
/// may begin within any call. What was begun is undone then, and Node has the rest to say.
struct Stopped {};

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
/// is called that somebody gave to all objects. Every function may throw Stopped.
class Js {
 public:
  explicit Js(napi_env env) noexcept : env_(env) {}
  napi_env env() const noexcept { return env_; }

  napi_value undefined() const;
  napi_value null() const;
  napi_value boolean(bool value) const;
  napi_value number(double value) const;
  napi_value text(std::string_view value) const;
  /// A Uint8Array with a copy of the bytes.
  napi_value bytes(std::span<const uint8_t> values) const;
  napi_value object(std::span<const Property> properties) const;
  napi_value object(std::initializer_list<Property> properties) const {
    return object(std::span(properties.begin(), properties.size()));
  }
  napi_value array(std::span<const napi_value> values) const;
  napi_value function(const char* name, napi_callback callback, void* data) const;
  /// An ArrayBuffer over memory of ours; `finalize` gets `hint` when V8 has let go of it, but not when this
  /// throws. Throws Error(kInternal) where the runtime allows no such memory.
  napi_value memory(void* data, size_t size, napi_finalize finalize, void* hint) const;

  /// Writable, enumerable and configurable, as an assignment makes them.
  void define(napi_value object, std::span<const Property> properties) const;

 private:
  napi_env env_;
};

/// Keeps a value of JavaScript alive. Belongs to the thread of its environment.
class Reference {
 public:
  Reference() = default;
  Reference(Js js, napi_value value) : env_(js.env()) { check(napi_create_reference(env_, value, 1, &ref_)); }
  Reference(Reference&& other) noexcept : env_(other.env_), ref_(std::exchange(other.ref_, nullptr)) {}
  Reference& operator=(Reference&& other) noexcept {
    std::swap(env_, other.env_);
    std::swap(ref_, other.ref_);
    return *this;
  }
  ~Reference() {
    if (ref_ != nullptr) napi_delete_reference(env_, ref_);
  }
  explicit operator bool() const noexcept { return ref_ != nullptr; }
  napi_value value() const {
    napi_value value;
    check(napi_get_reference_value(env_, ref_, &value));
    return value;
  }

 private:
  napi_env env_ = nullptr;
  napi_ref ref_ = nullptr;
};

}  // namespace pmd::binding
