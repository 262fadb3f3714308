#include "binding/programs.h"

#include <memory>
#include <string>
#include <vector>

#include "binding/block.h"
#include "binding/env_data.h"
#include "net/bpf/verify.h"
#include "programs/libpcap.h"
#include "programs/verified_checksums.h"

namespace pmd::binding {

namespace {

constexpr size_t kLongestExpression = 16'384;

std::vector<bpf::Instruction> instructions_of(const std::vector<uint32_t>& words) {
  std::vector<bpf::Instruction> instructions;
  for (size_t i = 0; i + 1 < words.size(); i += 2)
    instructions.push_back({static_cast<uint16_t>(words[i] >> 16), static_cast<uint8_t>(words[i] >> 8),
                            static_cast<uint8_t>(words[i]), words[i + 1]});
  return instructions;
}

napi_value words_of(Js js, const std::vector<bpf::Instruction>& instructions) {
  std::vector<napi_value> words;
  for (const auto& [code, jump_true, jump_false, k] : instructions) {
    words.push_back(js.number(uint32_t{code} << 16 | uint32_t{jump_true} << 8 | jump_false));
    words.push_back(js.number(k));
  }
  return js.array(words);
}

}  // namespace

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

napi_value compile_filter_expression(Call& call) {
  const Js js = call.js;
  const Compilation result = compile_filter(call.arguments.text(0, "expression", kLongestExpression));
  if (!result.missing.empty()) return js.object({{"missing", js.text(result.missing)}});
  if (!result.refused.empty()) return js.object({{"refused", js.text(result.refused)}});
  return js.object({{"words", words_of(js, result.instructions)}});
}

napi_value create_filter(Call& call) {
  const Js js = call.js;
  const auto program = instructions_of(call.arguments.words(0, "words", 2 * bpf::kMaxInstructions));
  if (const auto fault = bpf::verify(program))
    throw Error(ErrorCode::kInvalidArgument,
                "instruction " + std::to_string(fault->instruction) + " of the filter " + fault->what,
                "pass what pcap_compile() or 'tcpdump -ddd -y EN10MB' makes; its protochain and the kernel's "
                "own data are not supported");
  auto block = call.env.blocks->allocate(Filter::kBlockSize);
  const uint32_t handle = call.env.add_filter(std::make_unique<Filter>(program, block));
  return js.object(
      {{"handle", js.number(handle)},
       {"block", share_block<&EnvData::remove_filter>(call, handle, std::move(block), Filter::kBlockSize)}});
}

namespace {

/// Runs a filter over a burst. Both are named in the call block.
template <typename Use>
napi_value filter_burst(napi_env env, napi_callback_info info, Use use) noexcept {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  Burst* const burst = self.burst(call.burst);
  Filter* const filter = self.filter(call.program);
  const bool whole = burst != nullptr && filter != nullptr;
  call.result = whole ? use(*filter, *burst) : refuse(Refusal::kClosed);
  if (whole && call.result < 0) call.entry = filter->bad_entry();
  return nullptr;
}

}  // namespace

napi_value match_filter(napi_env env, napi_callback_info info) {
  return filter_burst(env, info, [](Filter& filter, Burst& burst) { return filter.match(burst); });
}

napi_value apply_filter(napi_env env, napi_callback_info info) {
  return filter_burst(env, info, [](Filter& filter, Burst& burst) { return filter.apply(burst); });
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

napi_value verify_checksums_of_burst(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  EnvData::CallBlock& call = self.call;
  const Burst* const burst = self.burst(call.burst);
  call.result = burst != nullptr ? verify_checksums(*burst, call.entry) : refuse(Refusal::kClosed);
  return nullptr;
}

}  // namespace pmd::binding
