#include "binding/programs.h"

#include <memory>
#include <vector>

#include "binding/block.h"
#include "binding/env_data.h"

namespace pmd::binding {

napi_value create_headers(Call& call) {
  const Js js = call.js;
  const uint32_t capacity = call.arguments.integer(0, "capacity", 1, Burst::kMaxCapacity);
  const size_t size = ParsedHeaders::block_size(capacity);
  auto block = call.env.blocks->allocate(size);
  const uint32_t handle = call.env.add_headers(std::make_unique<ParsedHeaders>(capacity, block));
  const napi_value memory = share_block<&EnvData::remove_headers>(call, handle, std::move(block), size);
  std::vector<Property> places;
  for (size_t i = 0; i < kHeaderColumns.size(); ++i)
    places.push_back({kHeaderColumns[i].name, js.number(static_cast<double>(header_column_at(i, capacity)))});
  return js.object({{"handle", js.number(handle)}, {"block", memory}, {"columns", js.object(places)}});
}

napi_value parse_headers_of_burst(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  const Burst* const burst = self.burst(call.burst);
  ParsedHeaders* const headers = self.headers(call.program);
  const bool whole = burst != nullptr && headers != nullptr;
  call.result = whole ? headers->parse(*burst) : refuse(Refusal::kClosed);
  if (whole && call.result < 0) call.entry = headers->bad_entry();
  return nullptr;
}

}  // namespace pmd::binding
