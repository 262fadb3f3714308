#pragma once

#include <node_api.h>

#include <array>
#include <string>
#include <vector>

#include "net/mac_address.h"

namespace pmd::binding {

/// What a control function was called with. TypeScript has checked it, and said in the user's words what is
/// wrong; here it is checked again, because what is written to memory must not depend on another language.
/// Every function throws Error(kInvalidArgument) that names the argument, or Stopped.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  /// What the function was defined with.
  void* data() const noexcept { return data_; }
  bool is_given(size_t at) const;

  uint32_t integer(size_t at, const char* name, uint32_t least = 0, uint32_t most = UINT32_MAX) const;
  double number(size_t at, const char* name) const;
  bool boolean(size_t at, const char* name) const;
  /// At most kMaxText bytes.
  std::string text(size_t at, const char* name) const;
  napi_value function(size_t at, const char* name) const;
  MacAddress mac(size_t at, const char* name) const;
  /// Addresses one after the other, at most `most`.
  std::vector<MacAddress> macs(size_t at, const char* name, size_t most) const;

 private:
  static constexpr size_t kMost = 12;
  static constexpr size_t kMaxText = 1024;

  napi_valuetype type(size_t at) const;

  napi_env env_;
  void* data_ = nullptr;
  std::array<napi_value, kMost> values_;
};

}  // namespace pmd::binding
