#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "binding/bridge.h"
#include "binding/env_data.h"

namespace pmd::binding {

/// Makes an ArrayBuffer over the block of an object that a handle names. Its finalizer removes the object and
/// the handle: nothing in JavaScript sees them any more. Also when this throws.
template <void (EnvData::*remove)(uint32_t) noexcept>
napi_value share_block(Call& call, uint32_t handle, std::shared_ptr<void> block, size_t size) {
  struct Owner {
    Owner(EnvData& data, uint32_t number, std::shared_ptr<void> memory)
        : env(data), handle(number), block(std::move(memory)) {}
    ~Owner() { (env.*remove)(handle); }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

    EnvData& env;
    const uint32_t handle;
    const std::shared_ptr<void> block;
  };
  auto owner = std::make_unique<Owner>(call.env, handle, std::move(block));
  const napi_value memory = call.js.memory(
      owner->block.get(), size, [](napi_env, void*, void* hint) { delete static_cast<Owner*>(hint); },
      owner.get());
  owner.release();
  return memory;
}

}  // namespace pmd::binding
