#pragma once

#include <napi.h>

#include <span>
#include <string>
#include <vector>

#include "net/mac_address.h"

namespace pmd::binding {

/// What a control function was called with. TypeScript has checked it, and said in the user's words what is
/// wrong; here it is checked again, because what is written to memory must not depend on another language.
/// Every function throws Error(kInvalidArgument) that names the argument. No value is read before its type is
/// known, so no read can fail.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) noexcept : info_(info) {}

  bool is_given(size_t at) const { return !info_[at].IsUndefined(); }

  uint32_t integer(size_t at, const char* name, uint32_t least = 0, uint32_t most = UINT32_MAX) const;
  double number(size_t at, const char* name) const;
  bool boolean(size_t at, const char* name) const;
  /// At most so many bytes.
  std::string text(size_t at, const char* name, size_t most = 1024) const;
  Napi::Function function(size_t at, const char* name) const;
  /// Of a Uint32Array of at most `most` words.
  std::vector<uint32_t> words(size_t at, const char* name, size_t most) const;
  /// The bytes that a Uint8Array shows. They are not copied.
  std::span<std::byte> memory(size_t at, const char* name) const;
  napi_value object(size_t at, const char* name) const;
  MacAddress mac(size_t at, const char* name) const;
  /// Addresses one after the other, at most `most`.
  std::vector<MacAddress> macs(size_t at, const char* name, size_t most) const;

 private:
  const Napi::CallbackInfo& info_;
};

}  // namespace pmd::binding
